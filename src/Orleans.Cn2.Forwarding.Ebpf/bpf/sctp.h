/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * SCTP (RFC 9260): what the first chunk of a packet does to an association, told in the flags of TCP so that one set of rules holds
 * for both.
 */
#ifndef CN2_SCTP_H
#define CN2_SCTP_H

#include "types.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

enum sctp_chunk_type {
    SCTP_INIT = 1,
    SCTP_INIT_ACK = 2,
    SCTP_ABORT = 6,
    SCTP_SHUTDOWN = 7,
    SCTP_SHUTDOWN_ACK = 8,
    SCTP_SHUTDOWN_COMPLETE = 14,
};

struct sctp_header {
    __be16 source;
    __be16 dest;
    u32 tag;
    u32 check; /* the CRC's bytes, least significant first */
    u8 type;   /* of the first chunk */
    u8 flags;
    __be16 length;
};

INLINE u8 sctp_flags(u8 type)
{
    switch (type) {
    case SCTP_INIT:
        return TCP_SYN;
    case SCTP_INIT_ACK:
        return TCP_SYN | TCP_ACK;
    case SCTP_ABORT:
    case SCTP_SHUTDOWN_COMPLETE:
        return TCP_RST;
    case SCTP_SHUTDOWN:
    case SCTP_SHUTDOWN_ACK:
        return TCP_FIN | TCP_ACK;
    default:
        return TCP_ACK;
    }
}

#endif

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

#define SCTP_SYNS (1U << SCTP_INIT | 1U << SCTP_INIT_ACK)
#define SCTP_RSTS (1U << SCTP_ABORT | 1U << SCTP_SHUTDOWN_COMPLETE)
#define SCTP_FINS (1U << SCTP_SHUTDOWN | 1U << SCTP_SHUTDOWN_ACK)
#define SCTP_NO_ACKS (1U << SCTP_INIT | SCTP_RSTS)
#define SCTP_KNOWN 31 /* bits for types; those from here on acknowledge, as data does */

/* By masks and not by cases: the verifier would follow all that comes after once for each case. */
INLINE u8 sctp_flags(u8 type)
{
    u32 known = type < SCTP_KNOWN ? type : SCTP_KNOWN;

    return (SCTP_SYNS >> known & 1) * TCP_SYN | (SCTP_RSTS >> known & 1) * TCP_RST | (SCTP_FINS >> known & 1) * TCP_FIN |
           (~SCTP_NO_ACKS >> known & 1) * TCP_ACK;
}

#endif

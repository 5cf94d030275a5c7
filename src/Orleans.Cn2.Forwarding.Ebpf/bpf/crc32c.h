/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The CRC32c of SCTP (RFC 9260, appendix A): it covers ports but no addresses, and being linear it follows a change without the payload. */
#ifndef CN2_CRC32C_H
#define CN2_CRC32C_H

#include "csum.h"
#include "forget.h"
#include "parse.h"

#define CRC32C 0x82f63b78U /* reflected: bit 31 is x^0 */

/* a * b modulo the polynomial. Without branches: the verifier walks it once. */
INLINE u32 crc_multiply(u32 a, u32 b)
{
    u32 product = 0;

#pragma clang loop unroll(disable)
    for (int i = 0; i < 32; i++) {
        product ^= b & -(a >> 31);
        a <<= 1;
        b = (b >> 1) ^ (CRC32C & -(b & 1));
    }
    return product;
}

/*
 * What a change of the first four bytes adds to the CRC of so many bytes: the change times x^(8 * bytes), put together of the powers
 * x^8, x^16, x^32 and so on. Again without branches.
 */
INLINE u32 crc_change(u32 change, u32 bytes)
{
#define STEP(bit, power) \
    do { \
        u32 taken = -((bytes >> (bit)) & 1); \
        change = (crc_multiply(change, power) & taken) | (change & ~taken); \
    } while (0)

    STEP(0, 0x00800000U);
    STEP(1, 0x00008000U);
    STEP(2, 0x82f63b78U);
    STEP(3, 0x6ea2d55cU);
    STEP(4, 0x18b8ea18U);
    STEP(5, 0x510ac59aU);
    STEP(6, 0xb82be955U);
    STEP(7, 0xb8fdb1e7U);
    STEP(8, 0x88e56f72U);
    STEP(9, 0x74c360a4U);
    STEP(10, 0xe4172b16U);
    STEP(11, 0x0d65762aU);
    STEP(12, 0x35d73a62U);
    STEP(13, 0x28461564U);
    STEP(14, 0xbf455269U);
    STEP(15, 0xe2ea32dcU);
#undef STEP
    return change;
}

/* Bytes that the CRC covers, by the IP header: of a packet that contradicts itself at least its ports. */
INLINE u32 covered(const struct packet *p, u32 offset)
{
    u32 bytes = (p->length - (offset - L3)) & 0xffff;

    return bytes < 4 ? 4 : bytes;
}

/* A device may be left to compute the CRC: such a packet carries 0, and must go on carrying it. */
INLINE bool sctp_check(struct __sk_buff *skb, const struct packet *p, u32 offset, __be16 sport, __be16 dport)
{
    u32 change = (u16)(sport ^ p->key.sport) | (u32)(u16)(dport ^ p->key.dport) << 16;
    u32 where = offset + offsetof(struct sctp_header, check);
    u32 check = 0;

    if (!change)
        return true;
    if (bpf_skb_load_bytes(skb, where, &check, sizeof(check)))
        return false;
    if (check == 0) {
        int partial = is_partial(skb, where);

        if (partial < 0)
            return false;
        if (partial)
            change = 0;
    }
    if (change)
        check ^= crc_change(forgotten(skb, change), covered(p, offset));
    return bpf_skb_store_bytes(skb, where, &check, sizeof(check), 0) == 0;
}

#endif

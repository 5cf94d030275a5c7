/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Internet checksums: RFC 1071 sums and the incremental update of RFC 1624, equation 3. */
#ifndef CN2_CSUM_H
#define CN2_CSUM_H

#include "types.h"

#define CSUM_IPV6 (1ULL << 7) /* BPF_F_IPV6 of newer kernels: addresses of IPv6 change no CHECKSUM_COMPLETE sum */

INLINE u32 fold32(u64 sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    return sum;
}

INLINE u16 fold16(u64 sum)
{
    u32 s = fold32(sum);

    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    return s;
}

INLINE u64 sum_words(const u32 *words, int count)
{
    u64 sum = 0;

#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++)
        sum += words[i];
    return sum;
}

/* m' - m over 16 bytes, as a sum to add to ~HC. */
INLINE u64 address_difference(const u32 *to, const u32 *from)
{
    u64 sum = 0;

#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++)
        sum += (u64)to[i] + (u32)~from[i];
    return sum;
}

INLINE u64 port_difference(u16 to, u16 from)
{
    return (u64)to + (u16)~from;
}

/*
 * Whether the transport checksum at an offset is left to a device (CHECKSUM_PARTIAL): the helper touches such a field only for a
 * pseudo header. The field is overwritten; negative on failure.
 */
INLINE int is_partial(struct __sk_buff *skb, u32 offset)
{
    u16 mark = 0x1234, after = 0;

    if (bpf_skb_store_bytes(skb, offset, &mark, sizeof(mark), 0) || bpf_l4_csum_replace(skb, offset, 0, 1, 2) ||
        bpf_skb_load_bytes(skb, offset, &after, sizeof(after)))
        return -1;
    return after == mark;
}

#endif

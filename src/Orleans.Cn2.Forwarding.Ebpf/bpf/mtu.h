/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Packets that are larger than the next interface carries (datapath.md 6): a redirect would lose them without a word. */
#ifndef CN2_MTU_H
#define CN2_MTU_H

#include "deliver.h"

#define MTU_LEAST 1280 /* what every link of IPv6 carries: a frame within it is not measured */
#define GSO_BY_FRAGS 0xffff

/* L3 bytes of each frame that will leave: a super-packet is cut into segments on the way. */
INLINE u32 frame_length(struct __sk_buff *skb, const struct packet *p)
{
    u32 segment = CONTEXT(skb, gso_size), header = sizeof(struct udphdr);
    u8 words;

    if (segment == 0 || segment == GSO_BY_FRAGS)
        return CONTEXT(skb, len) - L3;
    if (p->key.proto == IPPROTO_TCP) {
        if (bpf_skb_load_bytes(skb, p->l4 + 12, &words, sizeof(words)))
            return 0;
        header = (words >> 4) * 4;
    }
    /* A super-packet beyond 64 KB has a hop-by-hop header for its length, which no segment will have. */
    if (p->v6 && p->length > sizeof(struct ipv6hdr) + 0xffff)
        header -= EXTENSION_UNIT;
    return p->l4 - L3 + header + segment;
}

/* Without "don't fragment", nothing between this node and a pod or the node's own processes needs a small frame. */
INLINE bool must_fit(struct __sk_buff *skb, const struct packet *p, const struct way *way)
{
    __be16 bits;

    if (p->v6 || way->verdict == VERDICT_NEIGHBOUR || way->verdict == VERDICT_REDIRECT)
        return true;
    return bpf_skb_load_bytes(skb, L3 + offsetof(struct iphdr, frag_off), &bits, sizeof(bits)) == 0 && (bits & bpf_htons(0x4000));
}

/* True with the MTU in cb[0] when the sender must be told of it. */
INLINE bool is_too_big(struct __sk_buff *skb, const struct packet *p, const struct way *way)
{
    u32 mtu = 0;

    if (CONTEXT(skb, len) <= L3 + MTU_LEAST || way->verdict == VERDICT_STACK)
        return false;
    if (bpf_check_mtu(skb, way->ifindex, &mtu, 0, 0) < 0 || frame_length(skb, p) <= mtu || !must_fit(skb, p, way))
        return false;
    skb->cb[0] = mtu;
    return true;
}

#endif

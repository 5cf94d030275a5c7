/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Answers made by the node (datapath.md 7): RST and ICMP errors; built in place and sent back. */
#ifndef CN2_REJECT_H
#define CN2_REJECT_H

#include "flow.h"

#define QUOTED_L4 8                     /* bytes of the transport header that an error quotes: RFC 792 */
#define QUOTED_MOST sizeof(struct tcphdr) /* of TCP all: where a device is to complete the checksum, the kernel cuts nothing off before it */

/* Frames are built two bytes into their structures, so that every header in them is aligned. */
#define FRAME(o) ((void *)&(o).eth)
#define FRAME_SIZE(o) ((u32)(sizeof(o) - offsetof(typeof(o), eth)))

struct icmp_header {
    u8 type;
    u8 code;
    u16 check;
    u32 rest;
};

struct rst4 {
    u16 front;
    struct ethhdr eth;
    struct iphdr ip;
    struct tcphdr tcp;
};

struct rst6 {
    u16 front;
    struct ethhdr eth;
    struct ipv6hdr ip;
    struct tcphdr tcp;
};

struct error4 {
    u16 front;
    struct ethhdr eth;
    struct iphdr ip;
    struct icmp_header icmp;
};

struct error6 {
    u16 front;
    struct ethhdr eth;
    struct ipv6hdr ip;
    struct icmp_header icmp;
};

INLINE int send_back(struct __sk_buff *skb, u32 hook, u32 verdict, u32 reason, const struct settings *s)
{
    u32 target = hook == HOOK_NODE ? s->node_ifindex : CONTEXT(skb, ifindex);

    trace(skb, verdict, reason, target);
    return bpf_redirect(target, hook == HOOK_NODE ? BPF_F_INGRESS : 0);
}

/* One token of the source's bucket, kept as the time up to which its rejects are paid for. */
INLINE bool may_reject(const struct settings *s, const u32 *source, bool v6)
{
    u32 key[4];
    u64 now = bpf_ktime_get_ns();

    copy_address(key, source);
    if (v6)
        key[2] = key[3] = 0;
    u64 *paid = bpf_map_lookup_elem(&buckets, key);
    if (!paid) {
        u64 first = now + s->reject_interval;

        bpf_map_update_elem(&buckets, key, &first, BPF_ANY);
        return true;
    }

    u64 from = *paid > now ? *paid : now;
    if (from - now > s->reject_depth)
        return false;
    *paid = from + s->reject_interval;
    return true;
}

INLINE void swap_eth(struct ethhdr *to, const struct ethhdr *from)
{
    __builtin_memcpy(to->h_dest, from->h_source, ETH_ALEN);
    __builtin_memcpy(to->h_source, from->h_dest, ETH_ALEN);
    to->h_proto = from->h_proto;
}

INLINE void ip4_answer(struct iphdr *ip, u32 from, u32 to, u8 proto, u16 length)
{
    u32 words[5];

    ip->version = 4;
    ip->ihl = 5;
    ip->tot_len = bpf_htons(length);
    ip->frag_off = bpf_htons(0x4000);
    ip->ttl = 64;
    ip->protocol = proto;
    ip->saddr = from;
    ip->daddr = to;
    __builtin_memcpy(words, ip, sizeof(words));
    ip->check = ~fold16(sum_words(words, 5));
}

INLINE void ip6_answer(struct ipv6hdr *ip, const u32 *from, const u32 *to, u8 proto, u16 payload)
{
    ip->version = 6;
    ip->payload_len = bpf_htons(payload);
    ip->nexthdr = proto;
    ip->hop_limit = 64;
    copy_address(ip->saddr.in6_u.u6_addr32, from);
    copy_address(ip->daddr.in6_u.u6_addr32, to);
}

INLINE void rst_answer(struct tcphdr *rst, const struct tcphdr *t, u32 length)
{
    rst->source = t->dest;
    rst->dest = t->source;
    rst->doff = 5;
    rst->rst = 1;
    if (t->ack) {
        rst->seq = t->ack_seq;
    } else {
        rst->ack = 1;
        rst->ack_seq = bpf_htonl(bpf_ntohl(t->seq) + length - t->doff * 4 + t->syn + t->fin);
    }
}

/* The checksum of an RST: whole, or the pseudo header alone where a device is to complete it. */
INLINE int rst_check(struct __sk_buff *skb, struct tcphdr *rst, u32 offset, u64 pseudo)
{
    u32 words[5];
    int partial = is_partial(skb, offset + offsetof(struct tcphdr, check));

    if (partial < 0)
        return partial;
    __builtin_memcpy(words, rst, sizeof(words));
    rst->check = partial ? fold16(pseudo) : (u16)~fold16(pseudo + sum_words(words, 5));
    return 0;
}

INLINE u64 pseudo_header(const u32 *src, const u32 *dst, u8 proto, u32 length)
{
    return sum_words(src, 4) + sum_words(dst, 4) + bpf_htonl(proto) + bpf_htonl(length);
}

INLINE bool make_rst4(struct __sk_buff *skb, const struct packet *p)
{
    struct ethhdr eth;
    struct tcphdr t;
    struct rst4 o = {};

    if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)) || bpf_skb_load_bytes(skb, p->l4, &t, sizeof(t)))
        return false;
    swap_eth(&o.eth, &eth);
    ip4_answer(&o.ip, p->key.dst[3], p->key.src[3], IPPROTO_TCP, sizeof(o.ip) + sizeof(o.tcp));
    rst_answer(&o.tcp, &t, p->length - (p->l4 - L3));
    if (bpf_skb_change_tail(skb, FRAME_SIZE(o), 0) ||
        rst_check(skb, &o.tcp, L3 + sizeof(o.ip), pseudo_header(p->key.dst, p->key.src, IPPROTO_TCP, sizeof(o.tcp))))
        return false;
    return bpf_skb_store_bytes(skb, 0, FRAME(o), FRAME_SIZE(o), BPF_F_INVALIDATE_HASH) == 0;
}

INLINE bool make_rst6(struct __sk_buff *skb, const struct packet *p)
{
    struct ethhdr eth;
    struct tcphdr t;
    struct rst6 o = {};

    if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)) || bpf_skb_load_bytes(skb, p->l4, &t, sizeof(t)))
        return false;
    swap_eth(&o.eth, &eth);
    ip6_answer(&o.ip, p->key.dst, p->key.src, IPPROTO_TCP, sizeof(o.tcp));
    rst_answer(&o.tcp, &t, p->length - (p->l4 - L3));
    if (bpf_skb_change_tail(skb, FRAME_SIZE(o), 0) ||
        rst_check(skb, &o.tcp, L3 + sizeof(o.ip), pseudo_header(p->key.dst, p->key.src, IPPROTO_TCP, sizeof(o.tcp))))
        return false;
    return bpf_skb_store_bytes(skb, 0, FRAME(o), FRAME_SIZE(o), BPF_F_INVALIDATE_HASH) == 0;
}

/*
 * Makes the packet its own quote: the IP header with what follows it up to the transport header, and the beginning of that. What lies
 * beyond the packet's own length is zero. Room for the headers of the error is made before it. Returns the quote's length, 0 on failure.
 */
INLINE u32 quote(struct __sk_buff *skb, const struct packet *p, u32 room)
{
    u32 end = p->l4 + (p->key.proto == IPPROTO_TCP ? QUOTED_MOST : QUOTED_L4);
    u32 own = L3 + p->length > p->l4 ? L3 + p->length : p->l4;

    if (end > MAX_L4 + QUOTED_MOST || bpf_skb_change_tail(skb, end, 0))
        return 0;
    if (own < end) {
        u8 zeros[QUOTED_MOST] = {};
        u32 last = end - own - 1;

        OPAQUE(last);
        if (last >= QUOTED_MOST || bpf_skb_store_bytes(skb, own, zeros, last + 1, 0))
            return 0;
    }
    return bpf_skb_change_head(skb, room, 0) ? 0 : end - L3;
}

/* Sum of the quote, which lies behind the headers of the error. */
INLINE u64 sum_quote(struct __sk_buff *skb, u32 at, u32 length)
{
    u64 sum = 0;

    for (u32 i = 0; i < (MAX_L4 - L3 + QUOTED_MOST) / sizeof(u32); i++) {
        u32 word;

        if (i * sizeof(word) >= length || bpf_skb_load_bytes(skb, at + i * sizeof(word), &word, sizeof(word)))
            break;
        sum += word;
    }
    return sum;
}

/* What an ICMP error says, and from which address. */
struct refusal {
    u16 type_and_code; /* network order, as they stand before the checksum */
    u32 rest;
    u32 from[4];
};

INLINE bool is_told_by_icmp(u32 reason)
{
    return reason == REASON_TTL_EXCEEDED || reason == REASON_PACKET_TOO_BIG;
}

/* A FloatingIP refuses by itself; of hops and MTUs the node speaks, as a router. */
INLINE void fill_refusal(struct refusal *r, const struct settings *s, const struct packet *p, u32 reason, u32 mtu)
{
    const u32 *node = s->node[p->v6 ? 1 : 0];

    r->type_and_code = p->v6 ? bpf_htons(0x0104) : bpf_htons(0x0303);
    r->rest = 0;
    copy_address(r->from, is_told_by_icmp(reason) && (s->node_families & (p->v6 ? 2 : 1)) ? node : p->key.dst);
    if (reason == REASON_TTL_EXCEEDED)
        r->type_and_code = p->v6 ? bpf_htons(0x0300) : bpf_htons(0x0b00);
    if (reason == REASON_PACKET_TOO_BIG) {
        r->type_and_code = p->v6 ? bpf_htons(0x0200) : bpf_htons(0x0304);
        r->rest = bpf_htonl(p->v6 || mtu < 0xffff ? mtu : 0xffff);
    }
}

INLINE void fill_icmp(struct icmp_header *icmp, const struct refusal *r, u64 sum)
{
    icmp->type = bpf_ntohs(r->type_and_code) >> 8;
    icmp->code = bpf_ntohs(r->type_and_code) & 0xff;
    icmp->rest = r->rest;
    icmp->check = ~fold16(sum + r->type_and_code + r->rest);
}

INLINE bool make_error4(struct __sk_buff *skb, const struct packet *p, const struct refusal *r)
{
    struct ethhdr eth;
    struct error4 o = {};
    u32 quoted;

    if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)))
        return false;
    quoted = quote(skb, p, sizeof(o.ip) + sizeof(o.icmp));
    if (!quoted)
        return false;
    swap_eth(&o.eth, &eth);
    ip4_answer(&o.ip, r->from[3], p->key.src[3], IPPROTO_ICMP, sizeof(o.ip) + sizeof(o.icmp) + quoted);
    fill_icmp(&o.icmp, r, sum_quote(skb, FRAME_SIZE(o), quoted));
    return bpf_skb_store_bytes(skb, 0, FRAME(o), FRAME_SIZE(o), BPF_F_INVALIDATE_HASH) == 0;
}

INLINE bool make_error6(struct __sk_buff *skb, const struct packet *p, const struct refusal *r)
{
    struct ethhdr eth;
    struct error6 o = {};
    u32 quoted;

    if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)))
        return false;
    quoted = quote(skb, p, sizeof(o.ip) + sizeof(o.icmp));
    if (!quoted)
        return false;
    swap_eth(&o.eth, &eth);
    ip6_answer(&o.ip, r->from, p->key.src, IPPROTO_ICMPV6, sizeof(o.icmp) + quoted);
    fill_icmp(&o.icmp, r, sum_quote(skb, FRAME_SIZE(o), quoted) +
                              pseudo_header(r->from, p->key.src, IPPROTO_ICMPV6, sizeof(o.icmp) + quoted));
    return bpf_skb_store_bytes(skb, 0, FRAME(o), FRAME_SIZE(o), BPF_F_INVALIDATE_HASH) == 0;
}

INLINE int on_reject(struct __sk_buff *skb)
{
    u32 mtu = skb->cb[0];
    u32 reason = skb->cb[1];
    u32 hook = skb->cb[3] & CALL_HOOK;
    bool stale = skb->cb[3] & CALL_STALE;
    struct settings *s = current_settings();
    struct refusal r;
    struct packet p;

    if (!s || !take_over(skb, &p))
        return drop(skb, REASON_INTERNAL);

    bool rst = p.key.proto == IPPROTO_TCP && !is_told_by_icmp(reason);
    u8 to = 0;

    if (stale)
        delete_flow(&p.key);
    if (bpf_skb_load_bytes(skb, 0, &to, sizeof(to)) || (to & 1) || (!is_told_by_icmp(reason) && (p.tcp & TCP_RST)))
        return drop(skb, reason);
    if (!may_reject(s, p.key.src, p.v6))
        return drop(skb, REASON_REJECT_RATE_LIMITED);
    count(skb, REASON_LIMIT + (reason & (REASON_LIMIT - 1)));
    fill_refusal(&r, s, &p, reason, mtu);

    bool made = p.v6 ? (rst ? make_rst6(skb, &p) : make_error6(skb, &p, &r)) : (rst ? make_rst4(skb, &p) : make_error4(skb, &p, &r));
    if (!made)
        return drop(skb, REASON_INTERNAL);
    return send_back(skb, hook, VERDICT_REJECT, reason, s);
}

#endif

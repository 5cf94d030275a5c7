/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* ICMP and ICMPv6 errors about flows (datapath.md 4.6): matched by the packet that they quote, translated outside and inside. */
#ifndef CN2_ICMP_H
#define CN2_ICMP_H

#include "newflow.h"
#include "reject.h"

#define QUOTED_LEAST 8   /* bytes of transport header that a quote must hold */
#define ERROR_MAX 2048   /* bytes of an error that are summed: RFC 1812 allows 576, RFC 4443 1280 */
#define QUOTED_TCP_CHECK (offsetof(struct tcphdr, check) + sizeof(u16))

/* The packet that an error quotes; the key is its tuple swapped, which is that of the flow's entry that the error goes along with. */
struct quote {
    struct tuple key;
    u32 ip;   /* offset of its IP header in the frame */
    u32 l4;   /* of its transport header */
    u32 room; /* bytes of it from there on */
};

INLINE bool is_icmp(const struct packet *p)
{
    return p->key.proto == (p->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

INLINE bool is_error(bool v6, u8 type)
{
    return v6 ? type >= 1 && type <= 4 : type == 3 || type == 11 || type == 12;
}

/* False when there is no quote of a TCP, UDP or SCTP packet with its ports, sent by whom the error is for. */
INLINE bool read_quote(struct __sk_buff *skb, const struct packet *p, struct quote *q)
{
    u32 quoted = sizeof(struct ipv6hdr), used = p->l4 - L3 + sizeof(struct icmp_header);
    __be16 ports[2];

    if (p->length > CONTEXT(skb, len) - L3)
        return false;
    q->ip = L3 + used;
    __builtin_memset(&q->key, 0, sizeof(q->key));
    if (p->v6) {
        struct ipv6hdr ip;

        if (bpf_skb_load_bytes(skb, q->ip, &ip, sizeof(ip)) || *(u8 *)&ip >> 4 != 6)
            return false;
        q->key.proto = ip.nexthdr;
        copy_address(q->key.src, ip.daddr.in6_u.u6_addr32);
        copy_address(q->key.dst, ip.saddr.in6_u.u6_addr32);
    } else {
        struct iphdr ip;

        if (bpf_skb_load_bytes(skb, q->ip, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5 || (ip.frag_off & bpf_htons(0x1fff)))
            return false;
        quoted = ip.ihl * 4;
        q->key.proto = ip.protocol;
        map_v4(q->key.src, ip.daddr);
        map_v4(q->key.dst, ip.saddr);
    }
    if (p->length < used + quoted + QUOTED_LEAST)
        return false;
    q->l4 = q->ip + quoted;
    q->room = p->length - used - quoted;
    if (q->key.proto != IPPROTO_TCP && q->key.proto != IPPROTO_UDP && q->key.proto != IPPROTO_SCTP)
        return false;
    if (bpf_skb_load_bytes(skb, q->l4, ports, sizeof(ports)))
        return false;
    q->key.sport = ports[1];
    q->key.dport = ports[0];
    return same_address(q->key.dst, p->key.dst);
}

/* Whether the bytes at an offset and a sum that goes before them make a right checksum. Few turns: the verifier walks each of them. */
INLINE bool sums_up(struct __sk_buff *skb, u32 offset, u32 length, u64 sum)
{
    u32 zero = 0;
    struct chunk *c = bpf_map_lookup_elem(&chunks, &zero);

    if (!c || length > ERROR_MAX)
        return false;
#pragma clang loop unroll(disable)
    for (u32 at = 0; at < ERROR_MAX; at += CHUNK) {
        u32 left = length - at, last;

        if (at >= length)
            break;
        last = (left < CHUNK ? left : CHUNK) - 1;
        OPAQUE(last);
        if (last >= CHUNK)
            return false;
        c->words[(last + 1) / 4] = 0;
        if (bpf_skb_load_bytes(skb, offset + at, c->words, last + 1))
            return false;
        sum += (u32)bpf_csum_diff(0, 0, c->words, (last + 4) & ~3u, 0);
    }
    return (u16)~fold16(sum) == 0;
}

/* Whether the checksums of an error are right. */
INLINE bool is_sound(struct __sk_buff *skb, const struct packet *p)
{
    u32 header = p->l4 - L3, length = p->length - header;

    if (p->v6)
        return sums_up(skb, p->l4, length, pseudo_header(p->key.src, p->key.dst, IPPROTO_ICMPV6, length));
    return sums_up(skb, L3, header, 0) && sums_up(skb, p->l4, length, 0);
}

/* The buffer's sum, where a device has made one, follows. */
INLINE bool store(struct __sk_buff *skb, u32 offset, const void *bytes, u32 size)
{
    return bpf_skb_store_bytes(skb, offset, bytes, size, BPF_F_RECOMPUTE_CSUM) == 0;
}

/* Changes a checksum in the frame by what was changed under it; *change grows by what that is to the sum above. */
INLINE bool follow(struct __sk_buff *skb, u32 offset, u64 by, bool udp, u64 *change)
{
    u16 old, check;

    if (bpf_skb_load_bytes(skb, offset, &old, sizeof(old)))
        return false;
    if (udp && old == 0)
        return true;
    check = ~fold16((u16)~old + by);
    if (udp && check == 0)
        check = 0xffff;
    *change += port_difference(check, old);
    return store(skb, offset, &check, sizeof(check));
}

INLINE bool store_addresses(struct __sk_buff *skb, bool v6, u32 ip, const u32 *src, const u32 *dst)
{
    if (v6)
        return store(skb, ip + offsetof(struct ipv6hdr, saddr), src, 16) && store(skb, ip + offsetof(struct ipv6hdr, daddr), dst, 16);
    return store(skb, ip + offsetof(struct iphdr, saddr), src + 3, 4) && store(skb, ip + offsetof(struct iphdr, daddr), dst + 3, 4);
}

/* The quoted packet as the error's receiver knows it: its own, so the entry's result the other way round. */
INLINE bool translate_quote(struct __sk_buff *skb, bool v6, const struct quote *q, const struct flow *to, u64 *change)
{
    u64 addresses = address_difference(to->src, q->key.src) + address_difference(to->dst, q->key.dst);
    u64 ports = port_difference(to->sport, q->key.sport) + port_difference(to->dport, q->key.dport);
    __be16 words[2] = { to->dport, to->sport };
    bool udp = q->key.proto == IPPROTO_UDP;

    *change += addresses + ports;
    if (!store_addresses(skb, v6, q->ip, to->dst, to->src) || !store(skb, q->l4, words, sizeof(words)))
        return false;
    if (!v6 && !follow(skb, q->ip + offsetof(struct iphdr, check), addresses, false, change))
        return false;
    if (udp)
        return follow(skb, q->l4 + offsetof(struct udphdr, check), addresses + ports, true, change);
    if (q->key.proto == IPPROTO_TCP && q->room >= QUOTED_TCP_CHECK)
        return follow(skb, q->l4 + offsetof(struct tcphdr, check), addresses + ports, false, change);
    return true;
}

/*
 * The sender is the flow's peer, who is known by another address on the other side, or a router, who keeps its own; save towards the
 * node's own processes, for whom nothing but FloatingIPs lies behind the pair (strict rp_filter would drop it).
 */
INLINE bool translate_error(struct __sk_buff *skb, const struct packet *p, const struct quote *q, const struct flow *to, const struct way *way)
{
    const u32 *src = same_address(p->key.src, q->key.src) || way->verdict == VERDICT_NODE ? to->src : p->key.src;
    u64 outer = address_difference(src, p->key.src) + address_difference(to->dst, p->key.dst), change = 0, unused = 0;
    u8 ttl = p->ttl - 1;

    if (!translate_quote(skb, p->v6, q, to, &change) ||
        !follow(skb, p->l4 + offsetof(struct icmp_header, check), change + (p->v6 ? outer : 0), false, &unused) ||
        !store_addresses(skb, p->v6, L3, src, to->dst))
        return false;
    if (way->verdict != VERDICT_STACK) {
        outer += bpf_htons(0xfeff); /* the TTL is the high byte of its word: minus 0x0100 */
        if (!store(skb, L3 + (p->v6 ? offsetof(struct ipv6hdr, hop_limit) : offsetof(struct iphdr, ttl)), &ttl, 1))
            return false;
    }
    if (!p->v6 && !follow(skb, L3 + offsetof(struct iphdr, check), outer, false, &unused))
        return false;
    return !L3 || !way->has_macs || bpf_skb_store_bytes(skb, 0, way->macs, sizeof(way->macs), 0) == 0;
}

/* What is no error of a flow: echo, and what is dropped. */
INLINE int other_icmp(struct __sk_buff *skb, const struct packet *p, u32 hook)
{
    return call_for(skb, p, true, CALL_WALKED, 0, hook);
}

INLINE int on_icmp(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    struct settings *s = current_settings();
    struct packet p;
    struct quote q;
    struct way way = { .verdict = VERDICT_STACK };
    bool is_embryonic;
    u32 zero = 0;
    struct flow_pair *pair = bpf_map_lookup_elem(&scratch, &zero);
    u8 type, flags;

    if (!s || !pair || !take_over(skb, &p))
        return drop(skb, REASON_INTERNAL);
    if (bpf_skb_load_bytes(skb, p.l4, &type, sizeof(type)) || !is_error(p.v6, type) || !read_quote(skb, &p, &q))
        return other_icmp(skb, &p, hook);

    struct flow *entry = find_flow(&q.key, &is_embryonic);
    if (!entry)
        return other_icmp(skb, &p, hook);

    struct flow *flow = &pair->forward; /* the stack has no room for a copy */
    *flow = *entry;
    barrier();
    if (*(volatile u32 *)&entry->tag != tuple_tag(&q.key))
        return other_icmp(skb, &p, hook);

    bool reverse = flow->flags & FLOW_REVERSE;
    if (hook == HOOK_EGRESS ? !reverse : flow->flags & FLOW_AT_EGRESS)
        return pass_by(skb, hook);

    struct path *path = bpf_map_lookup_elem(&paths, &flow->path);
    if (!path)
        return drop(skb, REASON_INTERNAL);

    u64 word = *(volatile u64 *)&path->word;
    if (word_epoch(word) != flow->epoch)
        return reverse ? pass_by(skb, hook) : drop(skb, REASON_PATH_GONE);
    if (!is_sound(skb, &p))
        return drop(skb, REASON_BAD_ICMP_ERROR);
    if (hook != HOOK_EGRESS) {
        u32 role = role_of(CONTEXT(skb, ifindex), hook, &flags);
        u32 reason = refuse_source(s, CONTEXT(skb, ifindex), role, flags, p.key.src);
        bool usable = flow->verdict ? way_of_flow(&way, flow) : way_of_hop(&way, word_hop(word));

        if (reason)
            return drop(skb, reason);
        if (way.verdict != VERDICT_STACK && p.ttl <= 1)
            return drop(skb, REASON_TTL_EXCEEDED);
        if (!usable)
            return drop(skb, REASON_NO_NEXT_HOP);
    }
    skb->cb[2] = flow->path + 1;
    if (!translate_error(skb, &p, &q, flow, &way))
        return drop(skb, REASON_INTERNAL);
    return deliver(skb, &way);
}

#endif

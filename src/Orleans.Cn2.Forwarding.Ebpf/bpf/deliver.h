/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Translation (datapath.md 5) and delivery (6). */
#ifndef CN2_DELIVER_H
#define CN2_DELIVER_H

#include "crc32c.h"
#include "walk.h"

#define PACKET_HOST 0

/* Where a packet goes: verdict, interface, and the MACs or the gateway that it needs there. */
struct way {
    u32 verdict;
    u32 ifindex;
    u8 macs[2 * ETH_ALEN]; /* destination, source */
    u8 has_macs;
    u8 family;
    u8 is_local; /* to a VMI of this node */
    u8 pad;
    u32 gateway[4];
};

/* False when the path has no usable next hop. */
INLINE bool way_of_hop(struct way *way, u32 index)
{
    struct hop *hop = bpf_map_lookup_elem(&hops, &index);

    way->has_macs = 0;
    way->family = 0;
    way->is_local = 0;
    way->ifindex = 0;
    way->verdict = VERDICT_PASS;
    if (!hop)
        return false;
    way->ifindex = hop->ifindex;
    way->is_local = hop->kind == HOP_LOCAL || hop->kind == HOP_LOCAL_NEIGHBOUR;
    switch (hop->kind) {
    case HOP_LOCAL:
        way->verdict = VERDICT_PEER;
        way->has_macs = 1;
        __builtin_memcpy(way->macs, hop->dmac, sizeof(way->macs));
        return true;
    case HOP_NEIGHBOUR:
    case HOP_LOCAL_NEIGHBOUR:
        way->verdict = VERDICT_NEIGHBOUR;
        way->family = hop->family;
        copy_address(way->gateway, hop->gateway);
        return true;
    case HOP_HOST:
        way->verdict = VERDICT_STACK;
        return true;
    default:
        return false;
    }
}

INLINE bool way_of_flow(struct way *way, const struct flow *flow)
{
    way->verdict = flow->verdict;
    way->ifindex = flow->ifindex;
    if (flow->verdict == VERDICT_NODE) {
        struct settings *s = current_settings(); /* the node's pair may have been made anew since the flow began */

        way->ifindex = s ? s->node_ifindex : 0;
    }
    way->family = 0;
    way->has_macs = flow->verdict != VERDICT_STACK;
    __builtin_memcpy(way->macs, flow->dmac, sizeof(way->macs));
    return true;
}

/* What follows is walked once, not once for each way. */
INLINE void forget_way(struct __sk_buff *skb, struct way *way)
{
    way->verdict = forgotten(skb, way->verdict);
    way->has_macs = forgotten(skb, way->has_macs);
    way->family = forgotten(skb, way->family);
}

/* What new addresses add to the complement of a checksum. */
INLINE u64 addresses_difference(const struct packet *p, const struct flow *to)
{
    return address_difference(to->src, p->key.src) + address_difference(to->dst, p->key.dst);
}

INLINE void write_ports(struct udphdr *l4, const struct flow *to)
{
    l4->source = to->sport;
    l4->dest = to->dport;
}

/*
 * Rewrites addresses, TTL and MACs, and follows with the checksum of an IPv4 header; of a plain packet, whose transport header comes
 * next, the ports too. False when the frame could not be written.
 */
INLINE bool readdress(struct __sk_buff *skb, const struct packet *p, const struct flow *to, const struct way *way, u64 addresses,
                      bool decrement, bool plain)
{
    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;

    if (p->v6) {
        struct ipv6hdr *ip = data + L3;

        if ((void *)(ip + 1) + (plain ? sizeof(struct udphdr) : 0) > end)
            return false;
        copy_address(ip->saddr.in6_u.u6_addr32, to->src);
        copy_address(ip->daddr.in6_u.u6_addr32, to->dst);
        if (decrement)
            ip->hop_limit--;
        if (plain)
            write_ports((void *)(ip + 1), to);
    } else {
        struct iphdr *ip = data + L3;
        u64 sum;

        if ((void *)(ip + 1) + (plain ? sizeof(struct udphdr) : 0) > end)
            return false;
        sum = (u16)~ip->check;
        ip->saddr = to->src[3];
        ip->daddr = to->dst[3];
        sum += addresses;
        if (decrement) {
            ip->ttl--;
            sum += bpf_htons(0xfeff); /* the TTL is the high byte of its word: minus 0x0100 */
        }
        ip->check = ~fold16(sum);
        if (plain)
            write_ports((void *)(ip + 1), to);
    }
    if (L3 && way->has_macs)
        __builtin_memcpy(data, way->macs, sizeof(way->macs));
    /* Where a device summed up the whole packet, its sum follows: nothing in IPv6's header makes up for a hop less. */
    if (p->v6 && decrement)
        bpf_csum_update(skb, bpf_htons(0xfffe)); /* the hop limit is the low byte of its word: minus 1 */
    return true;
}

/*
 * Adds to the checksum of a plain packet what its ports changed, in place of a second call, after a first one added the addresses: what that
 * one made of the field tells whether the checksum is left to a device, which then sums the ports itself. False when it does not tell.
 */
INLINE bool add_ports(struct __sk_buff *skb, u32 at, u16 before, u64 addresses, u64 ports, bool may_be_absent)
{
    u16 *check = (void *)(long)skb->data + at;

    if ((void *)(check + 1) > (void *)(long)skb->data_end)
        return false;
    u16 now = *check;
    u16 left = fold16(addresses + before);
    u16 whole = ~fold16(addresses + (u16)~before);

    if (may_be_absent && !whole)
        whole = 0xffff; /* as the helper writes it: the same as what it makes of 0xffff that is left to a device */
    if (left == whole || (now != left && now != whole) || !before || !now)
        return false;
    if (now == left)
        return true;
    now = ~fold16(ports + (u16)~now);
    *check = may_be_absent && !now ? 0xffff : now;
    return true;
}

/* Rewrites a packet with its whole transport header; both checksums follow. False when the frame could not be written. */
INLINE bool translate(struct __sk_buff *skb, const struct packet *p, const struct flow *to, const struct way *way, bool walked)
{
    u64 addresses = addresses_difference(p, to);
    u64 ports = port_difference(to->sport, p->key.sport) + port_difference(to->dport, p->key.dport);
    u32 check = p->key.proto == IPPROTO_TCP ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check);
    u64 how = p->key.proto == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
    u32 offset = walked ? p->l4 : L3 + (p->v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));

    u16 before = 0;

    if (!readdress(skb, p, to, way, addresses, way->verdict != VERDICT_STACK, !walked))
        return false;
    if (!walked) {
        u16 *field = (void *)(long)skb->data + offset + check;

        if ((void *)(field + 1) > (void *)(long)skb->data_end)
            return false;
        before = *field;
    }
    if (walked) {
        struct udphdr *l4 = (void *)(long)skb->data + offset;

        if (offset > MAX_L4 || (void *)(l4 + 1) > (void *)(long)skb->data_end)
            return false;
        write_ports(l4, to);
    }
    if (walked && p->key.proto == IPPROTO_SCTP)
        return sctp_check(skb, p, offset, to->sport, to->dport);
    if (p->v6) {
        struct settings *s = current_settings();

        if (s && (s->flags & SETTINGS_CSUM_IPV6))
            how |= CSUM_IPV6;
    }
    if (bpf_l4_csum_replace(skb, offset + check, 0, fold32(addresses), how | BPF_F_PSEUDO_HDR))
        return false;
    if (to->sport == p->key.sport && to->dport == p->key.dport)
        return true;
    if (!walked && add_ports(skb, offset + check, before, addresses, ports, p->key.proto == IPPROTO_UDP))
        return true;
    if (bpf_l4_csum_replace(skb, offset + check, 0, fold32(ports), how & BPF_F_MARK_MANGLED_0))
        return false;
    return true;
}

INLINE int deliver(struct __sk_buff *skb, const struct way *way)
{
    trace(skb, way->verdict, REASON_NONE, way->verdict == VERDICT_STACK ? 0 : way->ifindex);
    switch (way->verdict) {
    case VERDICT_STACK:
        return TCX_NEXT;
    case VERDICT_PEER:
        if (CONTEXT(skb, pkt_type) != PACKET_HOST)
            bpf_skb_change_type(skb, PACKET_HOST);
        return bpf_redirect_peer(way->ifindex, 0);
    case VERDICT_NEIGHBOUR:
        if (way->family) {
            struct bpf_redir_neigh to = { .nh_family = way->family };

            if (way->family == 2) /* AF_INET */
                to.ipv4_nh = way->gateway[3];
            else
                copy_address(to.ipv6_nh, way->gateway);
            return bpf_redirect_neigh(way->ifindex, &to, sizeof(to), 0);
        }
        return bpf_redirect_neigh(way->ifindex, 0, 0, 0);
    case VERDICT_REDIRECT:
        return bpf_redirect(way->ifindex, 0);
    case VERDICT_NODE:
        return bpf_redirect(way->ifindex, BPF_F_INGRESS);
    default:
        return drop(skb, REASON_INTERNAL);
    }
}

#endif

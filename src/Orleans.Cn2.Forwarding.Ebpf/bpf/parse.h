/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Reading a frame: the fast parse of datapath.md 4.1, and the tuple in its v4-mapped form. */
#ifndef CN2_PARSE_H
#define CN2_PARSE_H

#include "sctp.h"

/* Built once more for packets that begin with their IP header: the egress hooks of devices without a link header. */
#ifdef CN2_RAW_IP
#define L3 0u
#else
#define L3 ((u32)sizeof(struct ethhdr))
#endif
#define HEADERS (L3 + (u32)sizeof(struct ipv6hdr) + (u32)sizeof(struct tcphdr))

enum parsed {
    PARSED_OTHER, /* neither IPv4 nor IPv6 */
    PARSED_FAST,
    PARSED_SLOW,
};

struct packet {
    struct tuple key;
    u32 l4;     /* offset of the transport header in the frame */
    u32 length; /* bytes of L3 by the IP header */
    u32 mark;   /* TCP: the acknowledgement number; SCTP: the verification tag */
    u8 v6;
    u8 ttl;
    u8 tcp; /* TCP flags; SCTP's chunk told in them; 0 for UDP */
    u8 pad;
};

INLINE bool same_address(const u32 *a, const u32 *b)
{
    return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
}

INLINE void copy_address(u32 *to, const u32 *from)
{
    to[0] = from[0];
    to[1] = from[1];
    to[2] = from[2];
    to[3] = from[3];
}

INLINE void map_v4(u32 *to, u32 address)
{
    to[0] = 0;
    to[1] = 0;
    to[2] = bpf_htonl(0xffff);
    to[3] = address;
}

/* Headers may lie in fragments of the buffer: bring them into the linear part once. */
INLINE void pull_headers(struct __sk_buff *skb)
{
    u32 linear = skb->data_end - skb->data;

    if (linear < HEADERS && CONTEXT(skb, len) > linear) {
        u32 want = CONTEXT(skb, len) < HEADERS ? CONTEXT(skb, len) : HEADERS;
        bpf_skb_pull_data(skb, want);
    }
}

/* A frame with a VLAN tag belongs to another interface than the one it is seen at. */
INLINE __be16 ethernet_type(struct __sk_buff *skb)
{
    if (L3 == 0)
        return (__be16)CONTEXT(skb, protocol);

    struct ethhdr *eth = (void *)(long)skb->data;

    if (CONTEXT(skb, vlan_present) || (void *)(eth + 1) > (void *)(long)skb->data_end)
        return 0;
    return eth->h_proto;
}

/* Addresses, protocol and length by the fixed IP header, whatever else is wrong. False when that header does not lie in the frame. */
INLINE bool read_l3(struct __sk_buff *skb, struct packet *p)
{
    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;
    __be16 type = ethernet_type(skb);

    __builtin_memset(p, 0, sizeof(*p));
    if (type == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = data + L3;

        if ((void *)(ip + 1) > end)
            return false;
        p->ttl = ip->ttl;
        p->length = bpf_ntohs(ip->tot_len);
        p->l4 = L3 + sizeof(*ip);
        p->key.proto = ip->protocol;
        map_v4(p->key.src, ip->saddr);
        map_v4(p->key.dst, ip->daddr);
        return true;
    }
    if (type == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = data + L3;

        if ((void *)(ip + 1) > end)
            return false;
        p->v6 = 1;
        p->ttl = ip->hop_limit;
        p->length = sizeof(*ip) + bpf_ntohs(ip->payload_len);
        p->l4 = L3 + sizeof(*ip);
        p->key.proto = ip->nexthdr;
        copy_address(p->key.src, ip->saddr.in6_u.u6_addr32);
        copy_address(p->key.dst, ip->daddr.in6_u.u6_addr32);
        return true;
    }
    return false;
}

INLINE enum parsed parse_l4(struct __sk_buff *skb, struct packet *p, u8 proto, void *l4)
{
    void *end = (void *)(long)skb->data_end;
    struct udphdr *ports = l4;

    p->key.proto = proto;
    if (proto == IPPROTO_TCP) {
        if (l4 + sizeof(struct tcphdr) > end)
            return PARSED_SLOW;
        p->tcp = ((u8 *)l4)[13];
        p->mark = ((struct tcphdr *)l4)->ack_seq;
    } else if (proto == IPPROTO_UDP) {
        if (l4 + sizeof(struct udphdr) > end)
            return PARSED_SLOW;
        p->tcp = 0;
        p->mark = 0;
    } else if (proto == IPPROTO_SCTP) {
        if (l4 + sizeof(struct sctp_header) > end)
            return PARSED_SLOW;
        p->tcp = sctp_flags(((struct sctp_header *)l4)->type);
        p->mark = ((struct sctp_header *)l4)->tag;
    } else {
        return PARSED_SLOW;
    }
    p->key.sport = ports->source;
    p->key.dport = ports->dest;
    return PARSED_FAST;
}

/* SCTP is walked, plain or not: its CRC would be a third of the program that every packet goes through. */
INLINE bool is_fast(u8 proto)
{
    return proto != IPPROTO_SCTP;
}

INLINE enum parsed parse(struct __sk_buff *skb, struct packet *p)
{
    pull_headers(skb);

    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;
    __be16 type = ethernet_type(skb);

    p->key.pad[0] = 0;
    p->key.pad[1] = 0;
    p->key.pad[2] = 0;
    if (type == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = data + L3;

        if ((void *)(ip + 1) > end || *(u8 *)ip != 0x45 || (ip->frag_off & bpf_htons(0x3fff)) || !is_fast(ip->protocol))
            return PARSED_SLOW;
        p->v6 = 0;
        p->ttl = ip->ttl;
        p->length = bpf_ntohs(ip->tot_len);
        p->l4 = L3 + sizeof(*ip);
        map_v4(p->key.src, ip->saddr);
        map_v4(p->key.dst, ip->daddr);
        return parse_l4(skb, p, ip->protocol, ip + 1);
    }
    if (type == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = data + L3;

        if ((void *)(ip + 1) > end || (*(u8 *)ip >> 4) != 6 || !is_fast(ip->nexthdr))
            return PARSED_SLOW;
        p->v6 = 1;
        p->ttl = ip->hop_limit;
        p->length = sizeof(*ip) + bpf_ntohs(ip->payload_len);
        p->l4 = L3 + sizeof(*ip);
        copy_address(p->key.src, ip->saddr.in6_u.u6_addr32);
        copy_address(p->key.dst, ip->daddr.in6_u.u6_addr32);
        return parse_l4(skb, p, ip->nexthdr, ip + 1);
    }
    return PARSED_OTHER;
}

#endif

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Packets for a FloatingIP that carry no ports: echo is answered, other protocols are rejected. */
#ifndef CN2_ECHO_H
#define CN2_ECHO_H

#include "icmp.h"

#define ECHO_REQUEST4 8
#define ECHO_REQUEST6 128
#define ECHO_REPLY6 129

/* Sends a packet back as it came: addresses and MACs change sides, and it has a whole way before it. */
INLINE bool turn_back(struct __sk_buff *skb, const struct packet *p)
{
    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;
    struct ethhdr *eth = data;
    struct ethhdr from;

    if ((void *)(eth + 1) > end)
        return false;
    from = *eth;
    swap_eth(eth, &from);
    if (p->v6) {
        struct ipv6hdr *ip = data + L3;

        if ((void *)(ip + 1) > end)
            return false;
        copy_address(ip->saddr.in6_u.u6_addr32, p->key.dst);
        copy_address(ip->daddr.in6_u.u6_addr32, p->key.src);
        ip->hop_limit = 64;
    } else {
        struct iphdr *ip = data + L3;

        if ((void *)(ip + 1) > end)
            return false;
        ip->saddr = p->key.dst[3];
        ip->daddr = p->key.src[3];
        ip->check = ~fold16((u16)~ip->check + port_difference(bpf_htons(64 << 8), bpf_htons(ip->ttl << 8)));
        ip->ttl = 64;
    }
    return true;
}

/* The echo request becomes its answer, options and extension headers included; its later fragments follow. */
INLINE int answer_echo(struct __sk_buff *skb, struct packet *p, u32 hook, const struct settings *s)
{
    u32 at = p->l4;
    u8 asked = p->v6 ? ECHO_REQUEST6 : ECHO_REQUEST4;
    u8 answer = p->v6 ? ECHO_REPLY6 : 0;
    struct icmp_header *icmp;

    if (at > MAX_L4 || at + sizeof(*icmp) > L3 + p->length || bpf_skb_pull_data(skb, at + sizeof(*icmp)))
        return drop(skb, REASON_ICMP_UNSUPPORTED);
    icmp = (void *)(long)skb->data + at;
    if ((void *)(icmp + 1) > (void *)(long)skb->data_end)
        return drop(skb, REASON_ICMP_UNSUPPORTED);
    if (icmp->type != asked) /* an error that comes here is about no flow */
        return drop(skb, is_error(p->v6, icmp->type) ? REASON_ICMP_NO_FLOW : REASON_ICMP_UNSUPPORTED);
    icmp->check = ~fold16((u16)~icmp->check + port_difference(bpf_htons(answer << 8), bpf_htons(asked << 8)));
    icmp->type = answer;
    if (!turn_back(skb, p))
        return drop(skb, REASON_INTERNAL);
    note_first(skb, p, hook, 0, DATAGRAM_ECHO);
    return send_back(skb, hook, VERDICT_ECHO, REASON_NONE, s);
}

INLINE int on_portless(struct __sk_buff *skb, struct packet *p, u32 hook, const struct settings *s)
{
    if (has_ports(p->key.proto))
        return drop(skb, REASON_MALFORMED);
    if (is_icmp(p))
        return answer_echo(skb, p, hook, s);
    return call_for(skb, p, true, CALL_REJECT, REASON_NO_SUCH_PORT, hook);
}

#endif

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What the fast parse does not take (datapath.md 4.4): options and extension headers, ICMP and other protocols, malformed headers. */
#ifndef CN2_REST_H
#define CN2_REST_H

#include "newflow.h"
#include "reject.h"

#define ECHO_REQUEST4 8
#define ECHO_REQUEST6 128
#define ECHO_REPLY6 129

/* The echo request becomes its answer, options and extension headers included. */
INLINE int answer_echo(struct __sk_buff *skb, const struct packet *p, u32 hook, const struct settings *s)
{
    u32 at = p->l4;
    u8 asked = p->v6 ? ECHO_REQUEST6 : ECHO_REQUEST4;
    u8 answer = p->v6 ? ECHO_REPLY6 : 0;

    if (at > MAX_L4 || at + sizeof(struct icmp_header) > L3 + p->length || bpf_skb_pull_data(skb, at + sizeof(struct icmp_header)))
        return drop(skb, REASON_ICMP_UNSUPPORTED);

    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;
    struct ethhdr *eth = data;
    struct icmp_header *icmp = data + at;
    struct ethhdr from;

    if ((void *)(icmp + 1) > end || icmp->type != asked)
        return drop(skb, REASON_ICMP_UNSUPPORTED);
    icmp->check = ~fold16((u16)~icmp->check + port_difference(bpf_htons(answer << 8), bpf_htons(asked << 8)));
    icmp->type = answer;
    if ((void *)(eth + 1) > end)
        return drop(skb, REASON_INTERNAL);
    from = *eth;
    swap_eth(eth, &from);
    if (p->v6) {
        struct ipv6hdr *ip = data + L3;

        if ((void *)(ip + 1) > end)
            return drop(skb, REASON_INTERNAL);
        copy_address(ip->saddr.in6_u.u6_addr32, p->key.dst);
        copy_address(ip->daddr.in6_u.u6_addr32, p->key.src);
        ip->hop_limit = 64;
    } else {
        struct iphdr *ip = data + L3;

        if ((void *)(ip + 1) > end)
            return drop(skb, REASON_INTERNAL);
        ip->saddr = p->key.dst[3];
        ip->daddr = p->key.src[3];
        ip->check = ~fold16((u16)~ip->check + port_difference(bpf_htons(64 << 8), bpf_htons(ip->ttl << 8)));
        ip->ttl = 64;
    }
    return send_back(skb, hook, VERDICT_ECHO, REASON_NONE, s);
}

/* Packets for a FloatingIP that carry no ports. */
INLINE int on_portless(struct __sk_buff *skb, const struct packet *p, u32 hook, const struct settings *s)
{
    if (has_ports(p->key.proto))
        return drop(skb, REASON_MALFORMED);
    if (p->key.proto == (p->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
        return answer_echo(skb, p, hook, s);
    return call_for(skb, p, true, CALL_REJECT, REASON_NO_SUCH_PORT, hook);
}

/* A walked packet: of a flow, the first of one, or without ports. */
INLINE int on_walked(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    struct settings *s = current_settings();
    struct packet p;
    u8 flags;

    if (!s)
        return drop(skb, REASON_INTERNAL);

    bool tuple = take_over(skb, &p) && has_ports(p.key.proto);

    if (tuple) {
        bool is_embryonic, fresh = false;
        struct flow *flow = find_flow(&p.key, &is_embryonic);

        if (flow) {
            int verdict = on_flow(skb, &p, flow, is_embryonic, hook, true, &fresh);
            if (!fresh)
                return verdict;
        }
    }
    if (hook == HOOK_EGRESS || !is_service_address(s, p.key.dst))
        return pass_by(skb, hook);
    if (tuple)
        return call_for(skb, &p, true, CALL_NEW, 0, hook);

    u32 role = role_of(CONTEXT(skb, ifindex), hook, &flags);
    u32 reason = refuse_addresses(s, CONTEXT(skb, ifindex), role, flags, p.key.src, p.key.dst);
    if (reason)
        return drop(skb, reason);
    return on_portless(skb, &p, hook, s);
}

/*
 * The walk is a program of its own: the verifier follows what comes after it once for every way through the headers, and a call ends
 * that.
 */
INLINE int on_rest(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    struct settings *s = current_settings();
    struct packet p;
    struct fragment f;

    if (!s)
        return drop(skb, REASON_INTERNAL);
    pull_headers(skb);
    if (!read_l3(skb, &p))
        return pass_by(skb, hook);

    u32 reason = walk(skb, &p, &f);

    if (!reason && !f.is)
        return call_for(skb, &p, true, CALL_WALKED, 0, hook);
    if (hook == HOOK_EGRESS || !is_service_address(s, p.key.dst))
        return pass_by(skb, hook);
    return drop(skb, reason ? reason : REASON_FRAGMENT);
}

#endif

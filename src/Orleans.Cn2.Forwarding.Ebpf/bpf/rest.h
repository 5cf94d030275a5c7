/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What the fast parse does not take (datapath.md 4.4): malformed headers, fragments, options, ICMP and other protocols. */
#ifndef CN2_REST_H
#define CN2_REST_H

#include "newflow.h"
#include "reject.h"

#define ECHO_REQUEST4 8
#define ECHO_REQUEST6 128
#define ECHO_REPLY6 129
#define NEXT_FRAGMENT 44

INLINE bool is_extension(u8 next)
{
    return next == 0 || next == 43 || next == 51 || next == 60 || next == 135 || next == 139 || next == 140;
}

/* Rules 1 and 2 and whether options follow; 0 when the headers are sound. */
INLINE u32 check_header(struct __sk_buff *skb, const struct packet *p, bool *options)
{
    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;
    u32 frame = CONTEXT(skb, len) - L3;

    *options = false;
    if (p->v6) {
        struct ipv6hdr *ip = data + L3;

        if ((void *)(ip + 1) > end || (*(u8 *)ip >> 4) != 6 || p->length > frame)
            return REASON_MALFORMED;
        *options = is_extension(p->key.proto);
        return p->key.proto == NEXT_FRAGMENT ? REASON_FRAGMENT : 0;
    }

    struct iphdr *ip = data + L3;
    u32 header;

    if ((void *)(ip + 1) > end || (*(u8 *)ip >> 4) != 4)
        return REASON_MALFORMED;
    header = ip->ihl * 4;
    if (header < sizeof(*ip) || header > frame || p->length < header || p->length > frame)
        return REASON_MALFORMED;
    *options = header > sizeof(*ip);
    return ip->frag_off & bpf_htons(0x3fff) ? REASON_FRAGMENT : 0;
}

INLINE int answer_echo4(struct __sk_buff *skb, const struct packet *p, u32 hook, const struct settings *s)
{
    void *data = (void *)(long)skb->data;
    struct ethhdr *eth = data;
    struct iphdr *ip = data + L3;
    struct icmp_header *icmp = (void *)(ip + 1);
    struct ethhdr from;

    if ((void *)(icmp + 1) > (void *)(long)skb->data_end || p->length < sizeof(*ip) + sizeof(*icmp) || icmp->type != ECHO_REQUEST4)
        return drop(skb, REASON_ICMP_UNSUPPORTED);
    from = *eth;
    swap_eth(eth, &from);
    ip->saddr = p->key.dst[3];
    ip->daddr = p->key.src[3];
    ip->check = ~fold16((u16)~ip->check + port_difference(bpf_htons(64 << 8), bpf_htons(ip->ttl << 8)));
    ip->ttl = 64;
    icmp->check = ~fold16((u16)~icmp->check + port_difference(0, bpf_htons(ECHO_REQUEST4 << 8)));
    icmp->type = 0;
    return send_back(skb, hook, VERDICT_ECHO, REASON_NONE, s);
}

INLINE int answer_echo6(struct __sk_buff *skb, const struct packet *p, u32 hook, const struct settings *s)
{
    void *data = (void *)(long)skb->data;
    struct ethhdr *eth = data;
    struct ipv6hdr *ip = data + L3;
    struct icmp_header *icmp = (void *)(ip + 1);
    struct ethhdr from;

    if ((void *)(icmp + 1) > (void *)(long)skb->data_end || p->length < sizeof(*ip) + sizeof(*icmp) || icmp->type != ECHO_REQUEST6)
        return drop(skb, REASON_ICMP_UNSUPPORTED);
    from = *eth;
    swap_eth(eth, &from);
    copy_address(ip->saddr.in6_u.u6_addr32, p->key.dst);
    copy_address(ip->daddr.in6_u.u6_addr32, p->key.src);
    ip->hop_limit = 64;
    icmp->check = ~fold16((u16)~icmp->check + port_difference(bpf_htons(ECHO_REPLY6 << 8), bpf_htons(ECHO_REQUEST6 << 8)));
    icmp->type = ECHO_REPLY6;
    return send_back(skb, hook, VERDICT_ECHO, REASON_NONE, s);
}

INLINE int on_rest(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    struct settings *s = current_settings();
    struct packet p;
    bool options;
    u8 flags;

    if (!s)
        return drop(skb, REASON_INTERNAL);
    pull_headers(skb);
    if (!read_l3(skb, &p) || !is_service_address(s, p.key.dst))
        return pass_by(skb, hook);

    u32 reason = check_header(skb, &p, &options);
    if (reason)
        return drop(skb, reason);

    u32 role = role_of(CONTEXT(skb, ifindex), hook, &flags);
    reason = refuse_addresses(s, CONTEXT(skb, ifindex), role, flags, p.key.src, p.key.dst);
    if (reason)
        return drop(skb, reason);
    if (options)
        return drop(skb, p.v6 ? REASON_EXTENSION_HEADER : REASON_IP_OPTIONS);
    if (p.key.proto == IPPROTO_TCP || p.key.proto == IPPROTO_UDP)
        return drop(skb, REASON_MALFORMED);
    if (p.v6 && p.key.proto == IPPROTO_ICMPV6)
        return answer_echo6(skb, &p, hook, s);
    if (!p.v6 && p.key.proto == IPPROTO_ICMP)
        return answer_echo4(skb, &p, hook, s);
    return call(skb, CALL_REJECT, REASON_NO_SUCH_PORT, hook);
}

#endif

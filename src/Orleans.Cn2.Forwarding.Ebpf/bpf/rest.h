/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What the fast parse does not take (datapath.md 4.4): options and extension headers, ICMP and other protocols, malformed headers. */
#ifndef CN2_REST_H
#define CN2_REST_H

#include "fragment.h"

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

    if (!reason)
        return f.is ? call_for_piece(skb, &p, &f, hook) : call_for(skb, &p, true, is_icmp(&p) ? CALL_ICMP : CALL_WALKED, 0, hook);
    if (hook == HOOK_EGRESS || !is_service_address(s, p.key.dst))
        return pass_by(skb, hook);
    return drop(skb, reason);
}

#endif

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The way back to a client that comes another way than before (datapath.md 4.2): a router failed over, a pod or the node's pair was made anew. */
#ifndef CN2_WAYBACK_H
#define CN2_WAYBACK_H

#include "newflow.h"

/* Answers follow the client's last packet, if it may come from there. Then the packet is decided on anew. */
INLINE int on_way_back(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    struct settings *s = current_settings();
    bool walked = skb->cb[2], is_embryonic;
    struct packet p;
    u8 flags;

    if (!take_over(skb, &p) || !s)
        return drop(skb, REASON_INTERNAL);

    u32 role = role_of(CONTEXT(skb, ifindex), hook, &flags);
    u32 reason = refuse_source(s, CONTEXT(skb, ifindex), role, flags, p.key.src);
    if (reason)
        return drop(skb, reason);

    struct flow *forward = find_flow(&p.key, &is_embryonic);
    struct flow *reverse = forward ? find_partner(&p.key, forward) : 0;

    /* A flow is shaped by where its client is (datapath.md 3); UDP may begin anew, and then is shaped anew. */
    if (!forward || (reverse && reverse->verdict != verdict_back(role) && p.key.proto == IPPROTO_UDP))
        return call_for(skb, &p, walked, CALL_NEW, 0, hook | CALL_STALE);
    if (!note_way(skb, forward) || (reverse && !note_way(skb, reverse)))
        return drop(skb, REASON_INTERNAL);
    if (reverse)
        reverse->verdict = verdict_back(role);
    if (walked)
        hand_on(skb, &p);
    return call(skb, walked ? CALL_WALKED : CALL_KNOWN, 0, hook | CALL_RENEWED | (skb->cb[3] & CALL_FIRST));
}

/* A plain packet whose way back was renewed. */
INLINE int on_known(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    bool is_embryonic, fresh = false;
    struct packet p;

    if (parse(skb, &p) != PARSED_FAST)
        return drop(skb, REASON_INTERNAL);

    struct flow *flow = find_flow(&p.key, &is_embryonic);
    if (flow) {
        int verdict = on_flow(skb, &p, flow, is_embryonic, hook, false, &fresh);
        if (!fresh)
            return verdict;
    }
    return call(skb, CALL_NEW, 0, hook);
}

#endif

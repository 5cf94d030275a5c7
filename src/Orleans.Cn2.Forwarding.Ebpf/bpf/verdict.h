/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What a run decided: trace in skb->cb, counters, and the ways out that every program shares. */
#ifndef CN2_VERDICT_H
#define CN2_VERDICT_H

#include "maps.h"
#include "parse.h"
#include "reasons.h"

#define TCX_NEXT (-1)
#define TCX_DROP 2

enum hook {
    HOOK_INGRESS = 0,
    HOOK_EGRESS = 1,
    HOOK_NODE = 2,
};

/*
 * Between tail calls cb[3] carries the hook, whether the entries of the tuple are stale and must be deleted, whether the packet is
 * the first fragment of a datagram, whether the tables changed while they were read for it, and whether the way back to its client was
 * renewed for it, which is done once: another CPU may see it come the old way meanwhile. A reject for size has the MTU in cb[0].
 */
#define CALL_HOOK 3
#define CALL_STALE 4
#define CALL_FIRST 8
#define CALL_AGAIN 16
#define CALL_RENEWED 32

INLINE void trace(struct __sk_buff *skb, u32 verdict, u32 reason, u32 target)
{
    skb->cb[0] = verdict;
    skb->cb[1] = reason;
    skb->cb[3] = target;
}

INLINE void clear_trace(struct __sk_buff *skb)
{
    trace(skb, VERDICT_PASS, REASON_NONE, 0);
    skb->cb[2] = 0;
    skb->cb[4] = 0;
}

INLINE u64 segments(struct __sk_buff *skb)
{
    return CONTEXT(skb, gso_segs) ? CONTEXT(skb, gso_segs) : 1;
}

INLINE void count(struct __sk_buff *skb, u32 index)
{
    struct reason_count *c = bpf_map_lookup_elem(&reasons, &index);

    if (c) {
        c->packets += segments(skb);
        c->bytes += CONTEXT(skb, len) - L3;
    }
}

INLINE int drop(struct __sk_buff *skb, u32 reason)
{
    count(skb, reason & (REASON_LIMIT - 1));
    trace(skb, VERDICT_DROP, reason, 0);
    return TCX_DROP;
}

INLINE int pass_by(struct __sk_buff *skb, u32 hook)
{
    if (hook == HOOK_NODE)
        return drop(skb, REASON_NOT_TRANSLATED);
    trace(skb, VERDICT_PASS, REASON_NONE, 0);
    return TCX_NEXT;
}

INLINE int call(struct __sk_buff *skb, u32 what, u32 reason, u32 hook)
{
    skb->cb[1] = reason;
    skb->cb[3] = hook;
    bpf_tail_call(skb, &calls, what);
    return drop(skb, REASON_INTERNAL);
}

INLINE bool in_subnets(const struct settings *s, const u32 *address)
{
    for (u32 i = 0; i < MAX_SUBNETS; i++) {
        const struct subnet *n = &s->subnets[i];

        if (i >= s->subnet_count)
            break;
        if (!(((address[0] & n->mask[0]) ^ n->address[0]) | ((address[1] & n->mask[1]) ^ n->address[1]) |
              ((address[2] & n->mask[2]) ^ n->address[2]) | ((address[3] & n->mask[3]) ^ n->address[3])))
            return true;
    }
    return false;
}

INLINE bool is_allocated(const u32 *address)
{
    struct service_key key = {};

    copy_address(key.address, address);
    return bpf_map_lookup_elem(&services, &key) != 0;
}

INLINE bool is_service_address(const struct settings *s, const u32 *address)
{
    return in_subnets(s, address) || is_allocated(address);
}

#endif

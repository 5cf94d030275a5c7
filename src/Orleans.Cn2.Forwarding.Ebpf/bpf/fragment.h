/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Fragments (datapath.md 4.5): the first decides and is remembered, the later ones follow it, one ahead of it is held by the worker. */
#ifndef CN2_FRAGMENT_H
#define CN2_FRAGMENT_H

#include "echo.h"

/* It was held and is offered again. */
INLINE bool is_again(struct __sk_buff *skb, const struct settings *s)
{
    return s->hold_ifindex && CONTEXT(skb, ifindex) == s->hold_ifindex;
}

/* To the worker, who offers it again when the first fragment came or when it waited long enough. */
INLINE int hold(struct __sk_buff *skb, const struct settings *s)
{
    if (!s->hold_ifindex || bpf_clone_redirect(skb, s->hold_ifindex, 0))
        return drop(skb, REASON_NO_SLOW_PATH);
    trace(skb, VERDICT_HOLD, REASON_NONE, s->hold_ifindex);
    return TCX_DROP;
}

/* Opens the datagram when it is ours; what becomes of it is decided like that of any walked packet. */
INLINE int on_first(struct __sk_buff *skb, const struct settings *s, struct packet *p, const struct fragment *f, u32 hook)
{
    bool ported = read_ports(skb, p), is_embryonic;
    struct flow *flow = ported ? find_flow(&p->key, &is_embryonic) : 0;
    struct tuple key = p->key;
    struct datagram *d;
    u32 reason = 0;
    u8 flags;

    if (!flow || (hook == HOOK_EGRESS) != !!(flow->flags & FLOW_AT_EGRESS)) {
        if (hook == HOOK_EGRESS || !is_service_address(s, p->key.dst))
            return pass_by(skb, hook);

        u32 role = role_of(CONTEXT(skb, ifindex), hook, &flags);
        reason = refuse_addresses(s, CONTEXT(skb, ifindex), role, flags, p->key.src, p->key.dst);
        if (reason)
            return drop(skb, reason);
    }
    reason = check_piece(p, f);
    if (!reason && !ported && (has_ports(p->key.proto) || p->l4 + QUOTED_L4 > L3 + p->length))
        reason = REASON_FRAGMENT_TINY;
    if (reason)
        return drop(skb, reason);

    to_datagram(&key, p->v6, f->id, hook);
    d = find_datagram(&key); /* another datagram has its id, or it comes twice */
    if (!d)
        d = open_datagram(skb, s, p, &key, hook);
    if (!d)
        return drop(skb, REASON_FRAGMENT_LIMIT);
    reason = take_piece(skb, d, f);
    if (!reason && p->key.proto == IPPROTO_SCTP)
        reason = REASON_FRAGMENT; /* its CRC covers pieces that did not come yet */
    if (reason)
        return drop(skb, reason);
    hand_on(skb, p);
    skb->cb[0] = f->id;
    return call(skb, CALL_WALKED, 0, hook | CALL_FIRST);
}

INLINE struct flow *scratch_flow(void)
{
    u32 zero = 0;
    struct flow_pair *pair = bpf_map_lookup_elem(&scratch, &zero);

    return pair ? &pair->forward : 0;
}

INLINE int follow_flow(struct __sk_buff *skb, const struct settings *s, struct packet *p, const struct tuple *key,
                       struct datagram *d)
{
    struct flow *to = scratch_flow();
    struct way way;

    if (!to)
        return drop(skb, REASON_INTERNAL);
    *to = d->to;
    barrier();
    if (*(volatile u32 *)&d->tag != tuple_tag(key))
        return drop(skb, REASON_FRAGMENT_LIMIT); /* evicted, and its memory given to another datagram, while it was read */

    struct path *path = bpf_map_lookup_elem(&paths, &to->path);
    if (!path)
        return drop(skb, REASON_INTERNAL);

    u64 word = *(volatile u64 *)&path->word;
    if (word_epoch(word) != to->epoch)
        return drop(skb, REASON_PATH_GONE);

    bool usable = to->verdict ? way_of_flow(&way, to) : way_of_hop(&way, word_hop(word));
    bool decrement = way.verdict != VERDICT_STACK;

    if (decrement && p->ttl <= 1)
        return drop(skb, REASON_TTL_EXCEEDED);
    if (!usable)
        return drop(skb, REASON_NO_NEXT_HOP);
    if (is_too_big(skb, p, &way))
        return drop(skb, REASON_PACKET_TOO_BIG);
    if (!decrement && is_again(skb, s)) {
        /* Held ones enter the stack where the first fragment did. */
        way.verdict = VERDICT_NODE;
        way.ifindex = d->ifindex;
        way.has_macs = 0;
    }
    if (!(to->flags & FLOW_REVERSE))
        count_service(skb, path->service, false);
    skb->cb[2] = to->path + 1;
    close_if_complete(p, key, d);
    if (!readdress(skb, p, to, &way, addresses_difference(p, to), decrement, false))
        return drop(skb, REASON_INTERNAL);
    return deliver(skb, &way);
}

INLINE int follow_echo(struct __sk_buff *skb, const struct settings *s, struct packet *p, const struct tuple *key,
                       struct datagram *d)
{
    u32 node = d->node;
    u32 target = node ? s->node_ifindex : d->ifindex;

    close_if_complete(p, key, d);
    if (!turn_back(skb, p))
        return drop(skb, REASON_INTERNAL);
    trace(skb, VERDICT_ECHO, REASON_NONE, target);
    return bpf_redirect(target, node ? BPF_F_INGRESS : 0);
}

INLINE int on_later(struct __sk_buff *skb, const struct settings *s, struct packet *p, const struct fragment *f, u32 hook)
{
    struct tuple key = p->key;
    u32 reason = check_piece(p, f);
    struct datagram *d;
    u8 flags;

    to_datagram(&key, p->v6, f->id, hook);
    d = find_datagram(&key);
    if (!d) {
        if (hook == HOOK_EGRESS || !is_service_address(s, p->key.dst))
            return pass_by(skb, hook);
        if (!reason) {
            u32 role = role_of(CONTEXT(skb, ifindex), hook, &flags);
            reason = refuse_addresses(s, CONTEXT(skb, ifindex), role, flags, p->key.src, p->key.dst);
        }
        if (!reason && is_again(skb, s))
            reason = REASON_FRAGMENT_WITHOUT_FIRST;
        return reason ? drop(skb, reason) : hold(skb, s);
    }

    u32 kind = *(volatile u32 *)&d->kind;
    if (!reason && kind == DATAGRAM_REFUSED)
        reason = REASON_FRAGMENT;
    if (!reason)
        reason = take_piece(skb, d, f);
    if (reason)
        return drop(skb, reason);
    return kind == DATAGRAM_ECHO ? follow_echo(skb, s, p, &key, d) : follow_flow(skb, s, p, &key, d);
}

INLINE int on_first_fragment(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    struct settings *s = current_settings();
    struct packet p;
    struct fragment f;

    if (!s || !take_place(skb, &p))
        return drop(skb, REASON_INTERNAL);
    take_over_piece(skb, &p, &f);
    return on_first(skb, s, &p, &f, hook);
}

INLINE int on_later_fragment(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    struct settings *s = current_settings();
    struct packet p;
    struct fragment f;

    if (!s || !take_place(skb, &p))
        return drop(skb, REASON_INTERNAL);
    take_over_piece(skb, &p, &f);
    return on_later(skb, s, &p, &f, hook);
}

#endif

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Packets of known flows (datapath.md 4.2): the path every packet but the first takes. */
#ifndef CN2_FLOW_H
#define CN2_FLOW_H

#include "datagram.h"
#include "hash.h"
#include "mtu.h"

#define STAMP_STEP 100000000ULL /* a stamp is written again after 0.1 s: one dirty cache line per flow and step */

INLINE u32 word_epoch(u64 word)
{
    return word;
}

INLINE u32 word_state(u64 word)
{
    return (word >> 32) & 0xff;
}

INLINE u32 word_hop(u64 word)
{
    return word >> 40;
}

/* Key of the other entry: the swapped result. */
INLINE void partner_key(struct tuple *partner, const struct tuple *key, const struct flow *flow)
{
    copy_address(partner->src, flow->dst);
    copy_address(partner->dst, flow->src);
    partner->sport = flow->dport;
    partner->dport = flow->sport;
    partner->proto = key->proto;
    partner->pad[0] = 0;
    partner->pad[1] = 0;
    partner->pad[2] = 0;
}

/* True when an entry's result is the swapped key: the two are a pair. */
INLINE bool is_partner(const struct flow *flow, const struct tuple *key)
{
    return same_address(flow->src, key->dst) && same_address(flow->dst, key->src) && flow->sport == key->dport &&
           flow->dport == key->sport;
}

INLINE struct flow *find_flow(const struct tuple *key, bool *is_embryonic)
{
    struct flow *flow = bpf_map_lookup_elem(&flows, key);

    *is_embryonic = false;
    if (!flow) {
        flow = bpf_map_lookup_elem(&embryonic, key);
        *is_embryonic = flow != 0;
    }
    return flow;
}

/* A field of the other entry, 0 without one. */
INLINE u8 partner_tcp(const struct tuple *key, const struct flow *flow)
{
    struct tuple partner;
    bool is_embryonic;

    partner_key(&partner, key, flow);
    struct flow *other = find_flow(&partner, &is_embryonic);
    return other && is_partner(other, key) ? other->tcp : 0;
}

INLINE bool is_closed(u8 tcp, u8 other)
{
    return ((tcp | other) & SEEN_RST) || (tcp & other & SEEN_FIN);
}

/* Flags seen in this direction; a packet without RST takes an earlier RST of its direction back. */
INLINE void note_tcp(struct flow *flow, u8 flags)
{
    u8 seen = flow->tcp;
    u8 now = seen & ~SEEN_RST;

    now |= (flags & TCP_SYN ? SEEN_SYN : 0) | (flags & TCP_FIN ? SEEN_FIN : 0) | (flags & TCP_RST ? SEEN_RST : 0);
    if (now != seen)
        flow->tcp = now;
}

INLINE void note_time(struct flow *flow)
{
    u64 now = coarse_now();

    if (now - flow->seen >= STAMP_STEP)
        flow->seen = now;
}

#define FULL_PAUSE 1000000000ULL /* new flows are refused for so long after flows was found full */

/* Moves the pair to the table that is never evicted. When it is full the pair stays where it is, and new flows wait outside. */
INLINE void promote(struct __sk_buff *skb, const struct tuple *key, struct flow *flow, struct tuple *partner, struct flow *other)
{
    if (bpf_map_update_elem(&flows, partner, other, BPF_ANY) == 0) {
        if (bpf_map_update_elem(&flows, key, flow, BPF_ANY) == 0) {
            bpf_map_delete_elem(&embryonic, partner);
            bpf_map_delete_elem(&embryonic, key);
            return;
        }
        bpf_map_delete_elem(&flows, partner);
    }

    u64 *until = full_until();
    if (until)
        *until = coarse_now() + FULL_PAUSE;
    count(skb, REASON_FLOWS_FULL);
}

/* UDP is established by the first reply, TCP and SCTP by the first forward ACK after one. */
INLINE void advance(struct __sk_buff *skb, const struct packet *p, struct flow *flow)
{
    bool reverse = flow->flags & FLOW_REVERSE;
    bool established = p->key.proto == IPPROTO_UDP ? reverse : !reverse && (flow->flags & FLOW_REPLIED) && (p->tcp & TCP_ACK);

    if (!established && !(reverse && !(flow->flags & FLOW_REPLIED)))
        return;

    struct tuple partner;
    partner_key(&partner, &p->key, flow);
    struct flow *other = bpf_map_lookup_elem(&embryonic, &partner);

    if (!other || !is_partner(other, &p->key))
        return;
    flow->flags |= FLOW_REPLIED;
    other->flags |= FLOW_REPLIED;
    if (established)
        promote(skb, &p->key, flow, &partner, other);
}

INLINE void count_service(struct __sk_buff *skb, u32 service, bool is_new)
{
    struct service_count *c = bpf_map_lookup_elem(&service_counts, &service);

    if (c) {
        c->packets += segments(skb);
        c->bytes += CONTEXT(skb, len) - L3;
        c->flows += is_new;
    }
}

/* Calls a program that must know where the transport header of a walked packet is, and that it is a first fragment. */
INLINE int call_for(struct __sk_buff *skb, const struct packet *p, bool walked, u32 what, u32 reason, u32 hook)
{
    if (walked) {
        hand_on(skb, p);
        hook |= skb->cb[3] & CALL_FIRST;
    }
    return call(skb, what, reason, hook);
}

INLINE int call_for_piece(struct __sk_buff *skb, const struct packet *p, const struct fragment *f, u32 hook)
{
    hand_on_piece(skb, p, f);
    return call(skb, f->start ? CALL_LATER_FRAGMENT : CALL_FIRST_FRAGMENT, 0, hook);
}

/* The decision for a tuple that has an entry. Sets *fresh when the packet must be treated as the first of a flow. */
INLINE int on_flow(struct __sk_buff *skb, struct packet *p, struct flow *entry, bool is_embryonic, u32 hook, bool walked, bool *fresh)
{
    struct flow flow = *entry;
    struct way way;

    barrier();
    if (*(volatile u32 *)&entry->tag != tuple_tag(&p->key)) {
        *fresh = true; /* the entry was deleted and its memory given to another flow while it was read */
        return 0;
    }

    bool reverse = flow.flags & FLOW_REVERSE;
    bool at_egress = flow.flags & FLOW_AT_EGRESS;

    if ((hook == HOOK_EGRESS) != at_egress)
        return pass_by(skb, hook);

    struct path *path = bpf_map_lookup_elem(&paths, &flow.path);
    if (!path)
        return drop(skb, REASON_INTERNAL);

    u64 word = *(volatile u64 *)&path->word;
    bool pure_syn = (p->tcp & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    bool stateful = p->key.proto != IPPROTO_UDP;

    if (word_epoch(word) != flow.epoch) {
        if (reverse)
            return pass_by(skb, hook);
        if (stateful && !pure_syn)
            return call_for(skb, p, walked, CALL_REJECT, REASON_PATH_GONE, hook | CALL_STALE);
        return call_for(skb, p, walked, CALL_NEW, 0, hook | CALL_STALE);
    }
    if (!reverse) {
        u32 state = word_state(word);
        bool renew = stateful ? pure_syn && ((is_embryonic && state != PATH_ACTIVE) || is_closed(flow.tcp, partner_tcp(&p->key, &flow)))
                         : state == PATH_DRAINING;
        if (renew)
            return call_for(skb, p, walked, CALL_NEW, 0, hook | CALL_STALE);
    }

    bool usable = flow.verdict ? way_of_flow(&way, &flow) : way_of_hop(&way, word_hop(word));

    if (walked)
        forget_way(skb, &way);
    if (way.verdict != VERDICT_STACK && p->ttl <= 1)
        return call_for(skb, p, walked, CALL_REJECT, REASON_TTL_EXCEEDED, hook);
    if (!usable)
        return drop(skb, REASON_NO_NEXT_HOP);
    if (is_too_big(skb, p, &way))
        return call_for(skb, p, walked, CALL_REJECT, REASON_PACKET_TOO_BIG, hook);

    if (stateful)
        note_tcp(entry, p->tcp);
    note_time(entry);
    if (is_embryonic)
        advance(skb, p, entry);
    if (!reverse)
        count_service(skb, flow.service, false);
    skb->cb[2] = flow.path + 1;
    if (!translate(skb, p, &flow, &way, walked))
        return drop(skb, REASON_INTERNAL);
    if (walked)
        note_first(skb, p, hook, &flow, DATAGRAM_FLOW);
    return deliver(skb, &way);
}

/* Deletes the pair of a tuple from both tables; a partner key that belongs to another flow by now is left alone. */
INLINE void delete_flow(const struct tuple *key)
{
    struct tuple partner;
    bool is_embryonic;
    struct flow *flow = find_flow(key, &is_embryonic);

    if (!flow)
        return;
    partner_key(&partner, key, flow);

    struct flow *other = find_flow(&partner, &is_embryonic);
    if (other && is_partner(other, key)) {
        bpf_map_delete_elem(&flows, &partner);
        bpf_map_delete_elem(&embryonic, &partner);
    }
    bpf_map_delete_elem(&flows, key);
    bpf_map_delete_elem(&embryonic, key);
}

#endif

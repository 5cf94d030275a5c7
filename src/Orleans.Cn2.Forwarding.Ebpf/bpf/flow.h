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

/* The other entry, null when it is gone. Pairs move from embryonic to flows, so that this order misses none. */
INLINE struct flow *find_partner(const struct tuple *key, const struct flow *flow)
{
    struct tuple partner;

    partner_key(&partner, key, flow);
    struct flow *other = bpf_map_lookup_elem(&embryonic, &partner);
    if (!other)
        other = bpf_map_lookup_elem(&flows, &partner);
    return other && is_partner(other, key) ? other : 0;
}

INLINE bool is_closed(u8 tcp, const struct flow *other)
{
    u8 others = other ? other->tcp : 0;

    return ((tcp | others) & SEEN_RST) || (tcp & others & SEEN_FIN);
}

/*
 * An RST is its sender's who knows what the other side acknowledged last; of SCTP, whose tag it bears: its own, or the other's reflected
 * (RFC 9260 8.5.1).
 */
INLINE bool is_proven_rst(struct __sk_buff *skb, const struct packet *p, const struct flow *flow)
{
    struct flow *other = find_partner(&p->key, flow);
    u32 sequence;

    if (p->key.proto == IPPROTO_SCTP)
        return p->mark == flow->mark || (other && p->mark == other->mark);
    return other && bpf_skb_load_bytes(skb, p->l4 + offsetof(struct tcphdr, seq), &sequence, sizeof(sequence)) == 0 &&
           sequence == other->mark;
}

/* Flags seen in this direction, and what it acknowledges; a packet without RST takes an earlier RST of its direction back. */
INLINE void note_tcp(struct __sk_buff *skb, const struct packet *p, struct flow *flow)
{
    u8 seen = flow->tcp;
    u8 now = seen & ~(SEEN_RST | SEEN_RST_UNPROVEN);

    now |= (p->tcp & TCP_SYN ? SEEN_SYN : 0) | (p->tcp & TCP_FIN ? SEEN_FIN : 0);
    if (p->tcp & TCP_RST)
        now |= is_proven_rst(skb, p, flow) ? SEEN_RST : SEEN_RST_UNPROVEN;
    else if ((p->tcp & TCP_ACK) && flow->mark != p->mark)
        flow->mark = p->mark;
    if (now != seen)
        flow->tcp = now;
}

#define STREAM_AGE (2000000000ULL >> MARK_STEP) /* nf_conntrack_proto_udp.c: what UDP goes on for longer is a stream */

INLINE u32 birth_mark(u64 now)
{
    return now >> MARK_STEP;
}

/* The stamp is due: called at most once a step. */
INLINE void note_time(const struct packet *p, struct flow *flow, u64 now)
{
    flow->seen = now;
    if (p->key.proto == IPPROTO_UDP && !(flow->flags & FLOW_STREAM) && birth_mark(now) - flow->mark >= STREAM_AGE)
        flow->flags |= FLOW_STREAM;
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

INLINE bool same_mac(const u8 *a, const u8 *b)
{
    const u16 *one = (const void *)a, *other = (const void *)b;

    return !((one[2] ^ other[2]) | (one[1] ^ other[1]) | (one[0] ^ other[0]));
}

/* True when a client's packets come another way than its answers go. Where the stack delivers, it knows the way itself. */
INLINE bool has_moved(struct __sk_buff *skb, const struct flow *flow)
{
    struct ethhdr *eth = (void *)(long)skb->data;

    if (flow->verdict)
        return false;
    if (flow->ifindex != CONTEXT(skb, ifindex))
        return true;
    return L3 && (void *)(eth + 1) <= (void *)(long)skb->data_end &&
           !(same_mac(eth->h_source, flow->dmac) && same_mac(eth->h_dest, flow->smac));
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
    u64 now = coarse_now();
    bool due = now - flow.seen >= STAMP_STEP;

    if (!reverse) {
        u32 state = word_state(word);
        bool renew = stateful ? pure_syn && ((is_embryonic && state != PATH_ACTIVE) || is_closed(flow.tcp, find_partner(&p->key, &flow)))
                         : state == PATH_DRAINING;
        /* What only the client uses is all that keeps the other entry from making room: it is asked for, and made again when it is gone. */
        if (renew || (is_embryonic && due && !find_partner(&p->key, &flow)))
            return call_for(skb, p, walked, CALL_NEW, 0, hook | CALL_STALE);
        if (has_moved(skb, &flow) && !(skb->cb[3] & CALL_RENEWED))
            return call_for(skb, p, walked, CALL_WAY_BACK, 0, hook);
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
        note_tcp(skb, p, entry);
    if (due)
        note_time(p, entry, now);
    if (is_embryonic)
        advance(skb, p, entry);
    if (!reverse)
        count_service(skb, path->service, false);
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

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The first packet of a flow (datapath.md 4.3): verdicts by the tables, the choice of a path, the pair of entries. */
#ifndef CN2_NEWFLOW_H
#define CN2_NEWFLOW_H

#include "affinity.h"

#define PORT_TRIES 32
#define PORT_FIRST 1024
#define PORT_COUNT 64512
#define PORT_STEP 2654435761U

INLINE bool is_martian(const struct settings *s, const u32 *a)
{
    if (a[0] == 0 && a[1] == 0 && a[2] == bpf_htonl(0xffff)) {
        u32 v4 = bpf_ntohl(a[3]);

        if (v4 == 0 || v4 >> 24 == 127 || v4 >> 28 == 14 || v4 == 0xffffffff)
            return true;
    } else if ((a[0] & bpf_htonl(0xff000000)) == bpf_htonl(0xff000000) ||
               (a[0] == 0 && a[1] == 0 && a[2] == 0 && (a[3] == 0 || a[3] == bpf_htonl(1)))) {
        return true;
    }
    return is_service_address(s, a);
}

INLINE u32 role_of(u32 ifindex, u32 hook, u8 *flags)
{
    struct interface *i = bpf_map_lookup_elem(&interfaces, &ifindex);

    *flags = i ? i->flags : 0;
    return hook == HOOK_NODE ? ROLE_NODE : i ? i->role : 0;
}

/* Rules 2 and 3: the source is sane and the sender's own. 0 when they hold. */
INLINE u32 refuse_source(const struct settings *s, u32 ifindex, u32 role, u8 flags, const u32 *src)
{
    if (is_martian(s, src))
        return REASON_MARTIAN_SOURCE;
    bool v4 = src[0] == 0 && src[1] == 0 && src[2] == bpf_htonl(0xffff);

    if (role == ROLE_POD && (flags & (v4 ? INTERFACE_CHECK_SOURCE4 : INTERFACE_CHECK_SOURCE6))) {
        struct source_key key = { .ifindex = ifindex };

        copy_address(key.address, src);
        if (!bpf_map_lookup_elem(&sources, &key))
            return REASON_SPOOFED_SOURCE;
    }
    return 0;
}

/* Rules 2 to 4: the destination exists as well. */
INLINE u32 refuse_addresses(const struct settings *s, u32 ifindex, u32 role, u8 flags, const u32 *src, const u32 *dst)
{
    u32 reason = refuse_source(s, ifindex, role, flags, src);

    return reason ? reason : is_allocated(dst) ? 0 : REASON_UNALLOCATED;
}

/* Rule 1. The datagram of a first fragment is longer than the packet. */
INLINE bool is_malformed(struct __sk_buff *skb, const struct packet *p)
{
    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;
    u32 offset = p->l4;
    u32 header = offset - L3;
    u32 size = p->length - header;
    void *l4 = data + offset;

    if (offset > MAX_L4 || p->length < header || p->length > CONTEXT(skb, len) - L3)
        return true;
    if (p->key.proto == IPPROTO_TCP) {
        struct tcphdr *t = l4;

        if ((void *)(t + 1) > end || size < sizeof(*t))
            return true;
        return t->doff < 5 || t->doff * 4U > size;
    }
    if (p->key.proto == IPPROTO_SCTP) {
        struct sctp_header *s = l4;
        u32 chunk;

        if ((void *)(s + 1) > end || size < sizeof(*s))
            return true;
        chunk = bpf_ntohs(s->length);
        return chunk < 4 || chunk > size - offsetof(struct sctp_header, type);
    }

    struct udphdr *u = l4;
    u32 length;

    if ((void *)(u + 1) > end || size < sizeof(*u))
        return true;
    length = bpf_ntohs(u->len);
    return length < sizeof(*u) || (length > size && !(skb->cb[3] & CALL_FIRST)) || (p->v6 && u->check == 0);
}

struct choice {
    struct choice_kept kept;
    u64 word; /* of the path */
    u32 service;
    u32 path;
    u32 reason; /* 0: a path was chosen */
    u8 reject;
    u8 again;
    u16 target_port;
    u32 target[4];
};

INLINE void refuse(struct choice *c, u32 reason, bool reject)
{
    c->reason = reason;
    c->reject = reject;
    c->again = 0;
}

/* One look at the tables, rules 6 to 9. A table that changes under it asks for another. */
INLINE void look_up(struct choice *c, const struct packet *p, const struct settings *s)
{
    struct service_key key = { .port = p->key.dport, .proto = p->key.proto };

    copy_address(key.address, p->key.dst);
    struct service *found = bpf_map_lookup_elem(&services, &key);
    if (!found)
        return refuse(c, REASON_NO_SUCH_PORT, true);

    u64 both = *(volatile u64 *)found; /* index and tag in one load */
    u32 index = both;
    u64 *control_word = bpf_map_lookup_elem(&control, &index);
    struct frontend *frontend = bpf_map_lookup_elem(&frontends, &index);

    refuse(c, REASON_TABLE_CHANGED, false);
    c->again = 1;
    if (!control_word || !frontend)
        return;
    u64 word = *(volatile u64 *)control_word;
    /* The element may have been given to another key while it was read: the frontend of the index must be ours. */
    if (word >> 48 != both >> 32 || !same_address(frontend->key.address, key.address) || frontend->key.port != key.port ||
        frontend->key.proto != key.proto)
        return;
    if (p->tcp & TCP_RST)
        return refuse(c, REASON_NO_FLOW, false);

    u32 class = (word >> 32) & 0xff;
    u32 flags = (word >> 40) & 0xff;
    u32 *size = bpf_map_lookup_elem(&sizes, &class);

    if (!size || *size == 0)
        return flags & CONTROL_LOCAL_ONLY ? refuse(c, REASON_NO_LOCAL_ENDPOINTS, false) : refuse(c, REASON_NO_ENDPOINTS, true);

    struct path *path = 0;

    c->kept.affinity = 0;
    if (flags & CONTROL_AFFINITY) {
        u32 client[4];

        c->kept.affinity = affinity_word(frontend);
        client_prefix(client, s, p);
        c->kept.hash = client_hash(client, s->hash_key);
        path = bound_path(s, p, index, c->kept.affinity, &c->path, &c->word);
    } else {
        c->kept.hash = tuple_hash(&p->key, s->hash_key);
    }
    if (!path) {
        u32 slot = (u32)word + (u32)(((c->kept.hash >> 32) * *size) >> 32);
        u32 half = slot >> 1;
        u32 *ids = bpf_map_lookup_elem(&slots, &half);

        if (!ids)
            return;
        c->path = *(volatile u32 *)(ids + (slot & 1));
        path = bpf_map_lookup_elem(&paths, &c->path);
        if (!path)
            return;
        c->word = *(volatile u64 *)&path->word;
        if (word_state(c->word) == PATH_GONE)
            return;
    }
    copy_address(c->target, path->address);
    c->target_port = path->port;
    c->service = index;
    c->reason = REASON_NONE;
    c->again = 0;
}

/* Puts the reverse entry where no other flow is; with translated source ports when the packet's own is taken. */
INLINE bool insert_reverse(const struct tuple *key, struct flow *forward, struct flow *reverse, u32 hash)
{
    struct tuple back;

    partner_key(&back, key, forward);
#pragma clang loop unroll(disable)
    for (u32 i = 0; i <= PORT_TRIES; i++) {
        if (i > 0)
            back.dport = forward->sport = bpf_htons(PORT_FIRST + (hash + i * PORT_STEP) % PORT_COUNT);
        reverse->tag = tuple_tag(&back);
        struct flow *taken = bpf_map_lookup_elem(&flows, &back);

        if (!taken) {
            if (bpf_map_update_elem(&embryonic, &back, reverse, BPF_NOEXIST) == 0)
                return true;
            taken = bpf_map_lookup_elem(&embryonic, &back);
        }
        if (taken && is_partner(taken, key)) {
            if (taken->path == reverse->path && taken->epoch == reverse->epoch)
                return true; /* the same flow, by another CPU or with its forward entry evicted */
            bpf_map_delete_elem(&flows, &back);
            if (bpf_map_update_elem(&embryonic, &back, reverse, BPF_ANY) == 0)
                return true;
        }
    }
    return false;
}

/* How answers go to a client that comes in by an interface of a role. */
INLINE u8 verdict_back(u32 role)
{
    return role == ROLE_NODE ? VERDICT_NODE : role == ROLE_POD ? VERDICT_PEER : VERDICT_REDIRECT;
}

/* Keeps where a client's packet came in, and the MACs of the answer. False when they don't lie in the frame. */
INLINE bool note_way(struct __sk_buff *skb, struct flow *flow)
{
    struct ethhdr *eth = (void *)(long)skb->data;

    if ((void *)(eth + 1) > (void *)(long)skb->data_end)
        return false;
    __builtin_memcpy(flow->dmac, eth->h_source, ETH_ALEN);
    __builtin_memcpy(flow->smac, eth->h_dest, ETH_ALEN);
    flow->ifindex = CONTEXT(skb, ifindex);
    return true;
}

/* Fills both entries by the table of datapath.md 3. False when the flow needs a source address that the node does not have. */
INLINE bool shape(struct __sk_buff *skb, const struct packet *p, const struct settings *s, const struct choice *c, u32 role,
                  u32 kind, struct flow *forward, struct flow *reverse)
{
    bool own = role == ROLE_NODE;
    u8 back = verdict_back(role);
    u8 way = VERDICT_PASS;
    u8 flags = FLOW_REVERSE | (own ? FLOW_NODE : 0);

    copy_address(forward->src, p->key.src);
    copy_address(forward->dst, c->target);
    forward->sport = p->key.sport;
    forward->dport = c->target_port;
    if (own) {
        if (kind == HOP_HOST) {
            copy_address(forward->src, p->key.dst);
            way = VERDICT_NODE;
        }
    } else if (kind == HOP_HOST) {
        way = VERDICT_STACK;
    } else if (same_address(p->key.src, c->target) && kind != HOP_NEIGHBOUR) {
        copy_address(forward->src, p->key.dst);
    } else if (role == ROLE_UPLINK && kind == HOP_NEIGHBOUR) {
        if (!(s->snat_families & (p->v6 ? 2 : 1)))
            return false;
        copy_address(forward->src, s->snat[p->v6 ? 1 : 0]);
    } else if (s->mode == MODE_STACK) {
        way = VERDICT_STACK;
    }
    if (way == VERDICT_STACK) {
        back = VERDICT_STACK;
        flags |= FLOW_AT_EGRESS;
    }

    forward->flags = own ? FLOW_NODE : 0;
    forward->verdict = way;
    reverse->flags = flags;
    reverse->verdict = back;
    copy_address(reverse->src, p->key.dst);
    copy_address(reverse->dst, p->key.src);
    reverse->sport = p->key.dport;
    reverse->dport = p->key.sport;

    if (!note_way(skb, forward) || !note_way(skb, reverse))
        return false;

    forward->path = reverse->path = c->path;
    forward->epoch = reverse->epoch = word_epoch(c->word);
    forward->seen = reverse->seen = coarse_now();
    forward->mark = reverse->mark = p->key.proto == IPPROTO_UDP ? birth_mark(forward->seen) : 0;
    if (p->key.proto != IPPROTO_UDP && (p->tcp & TCP_ACK))
        forward->mark = p->mark;
    forward->tcp = (p->tcp & TCP_SYN ? SEEN_SYN : 0) | (p->tcp & TCP_FIN ? SEEN_FIN : 0);
    reverse->tcp = 0;
    forward->pad = reverse->pad = 0;
    forward->tag = tuple_tag(&p->key);
    return true;
}

/* Decides: the verdicts, the path, and what both entries hold. The entries are made by another program, on_insert. */
INLINE int on_new_flow(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    bool stale = skb->cb[3] & CALL_STALE;
    struct settings *s = current_settings();
    struct packet p;
    struct choice c;
    u32 zero = 0;
    struct flow_pair *pair = bpf_map_lookup_elem(&scratch, &zero);
    struct choice_kept *kept = bpf_map_lookup_elem(&choices, &zero);
    struct way way;
    u8 flags;

    bool walked = skb->cb[2];

    if (!take_over(skb, &p) || !s || !pair || !kept)
        return drop(skb, REASON_INTERNAL);
    if (stale)
        delete_flow(&p.key);
    if (!is_service_address(s, p.key.dst))
        return pass_by(skb, hook);
    if (is_malformed(skb, &p))
        return drop(skb, REASON_MALFORMED);

    u32 role = role_of(CONTEXT(skb, ifindex), hook, &flags);
    u32 reason = refuse_source(s, CONTEXT(skb, ifindex), role, flags, p.key.src);
    if (reason)
        return drop(skb, reason);
    if (p.key.proto == IPPROTO_TCP &&
        (!(p.tcp & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) || ((p.tcp & TCP_SYN) && (p.tcp & (TCP_FIN | TCP_RST)))))
        refuse(&c, REASON_BAD_TCP_FLAGS, false);
    else
        look_up(&c, &p, s);
    /* Rule 4 comes before those: what has a port is allocated, so only what is refused is asked. */
    if ((c.reason == REASON_NO_SUCH_PORT || c.reason == REASON_BAD_TCP_FLAGS) && !is_allocated(p.key.dst))
        return drop(skb, REASON_UNALLOCATED);
    if (c.again && !(skb->cb[3] & CALL_AGAIN))
        return call_for(skb, &p, walked, CALL_NEW, 0, hook | CALL_AGAIN);
    if (c.reason)
        return c.reject ? call_for(skb, &p, walked, CALL_REJECT, c.reason, hook) : drop(skb, c.reason);

    bool usable = way_of_hop(&way, word_hop(c.word));
    u32 kind = !usable ? HOP_NONE : way.is_local ? HOP_LOCAL : way.verdict == VERDICT_NEIGHBOUR ? HOP_NEIGHBOUR : HOP_HOST;

    pair->forward.verdict = VERDICT_PASS;
    usable &= shape(skb, &p, s, &c, role, kind, &pair->forward, &pair->reverse);
    if (pair->forward.verdict)
        way_of_flow(&way, &pair->forward);
    if (way.verdict != VERDICT_STACK && p.ttl <= 1)
        return call_for(skb, &p, walked, CALL_REJECT, REASON_TTL_EXCEEDED, hook);
    if (usable && is_too_big(skb, &p, &way))
        return call_for(skb, &p, walked, CALL_REJECT, REASON_PACKET_TOO_BIG, hook);
    if (!usable) {
        skb->cb[2] = c.path + 1;
        return drop(skb, REASON_NO_NEXT_HOP);
    }
    *kept = c.kept;
    return call_for(skb, &p, walked, CALL_INSERT, 0, hook);
}

/* Makes the entries that were decided on, and sends the packet on its way. */
INLINE int on_insert(struct __sk_buff *skb)
{
    u32 hook = skb->cb[3] & CALL_HOOK;
    struct settings *s = current_settings();
    u32 zero = 0;
    struct flow_pair *pair = bpf_map_lookup_elem(&scratch, &zero);
    struct choice_kept *kept = bpf_map_lookup_elem(&choices, &zero);
    struct packet p;
    struct way way;

    if (!take_over(skb, &p) || !s || !pair || !kept)
        return drop(skb, REASON_INTERNAL);

    struct flow *forward = &pair->forward;
    struct path *path = bpf_map_lookup_elem(&paths, &forward->path);

    skb->cb[2] = forward->path + 1;
    if (!path || !(forward->verdict ? way_of_flow(&way, forward) : way_of_hop(&way, word_hop(*(volatile u64 *)&path->word))))
        return drop(skb, REASON_NO_NEXT_HOP);
    forget_way(skb, &way);

    u64 *until = full_until();
    if (until && coarse_now() < *until)
        return drop(skb, REASON_FLOWS_FULL);
    if (!insert_reverse(&p.key, forward, &pair->reverse, kept->hash))
        return drop(skb, REASON_NO_FREE_PORT);
    if (bpf_map_update_elem(&embryonic, &p.key, forward, BPF_ANY))
        return drop(skb, REASON_FLOWS_FULL);

    if (kept->affinity)
        bind_client(s, &p, path->service, kept->affinity, forward->path, forward->epoch);
    count_service(skb, path->service, true);
    if (!translate(skb, &p, forward, &way, true))
        return drop(skb, REASON_INTERNAL);
    skb->cb[4] = 1;
    note_first(skb, &p, hook, forward, DATAGRAM_FLOW);
    return deliver(skb, &way);
}

#endif

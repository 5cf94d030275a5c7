/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Datagrams that come in pieces (datapath.md 4.5): what their first fragment became, and which bytes of them were seen. */
#ifndef CN2_DATAGRAM_H
#define CN2_DATAGRAM_H

#include "deliver.h"
#include "hash.h"

/* Makes the tuple of a packet that of its datagram. */
INLINE void to_datagram(struct tuple *key, bool v6, u32 id, u32 hook)
{
    key->sport = id;
    key->dport = id >> 16;
    if (v6)
        key->proto = 0;
    key->pad[0] = hook & HOOK_EGRESS;
    key->pad[1] = 0;
    key->pad[2] = 0;
}

INLINE struct datagram *find_datagram(const struct tuple *key)
{
    struct datagram *d = bpf_map_lookup_elem(&datagrams, key);

    return d && d->until >= coarse_now() ? d : 0;
}

/* Rules of one piece alone. 0 when they hold. */
INLINE u32 check_piece(const struct packet *p, const struct fragment *f)
{
    u32 front = f->data - L3 - (p->v6 ? sizeof(struct ipv6hdr) + EXTENSION_UNIT : 0); /* headers that the whole's length counts too */

    if (!f->length || (f->more && f->length % FRAGMENT_UNIT))
        return REASON_MALFORMED;
    if (front + f->start + f->length > 65535)
        return REASON_FRAGMENT_TOO_LONG;
    /* The rest of a TCP header in a fragment of its own (RFC 1858, RFC 3128). */
    if (!p->v6 && p->key.proto == IPPROTO_TCP && f->start == FRAGMENT_UNIT)
        return REASON_FRAGMENT_TINY;
    return 0;
}

enum mark {
    MARK_NEW,
    MARK_SEEN,    /* all of it was there: a duplicate */
    MARK_OVERLAP, /* some of it was there, or it contradicts the datagram's length */
};

INLINE void mark_word(struct datagram *d, u32 w, u64 mask, u64 *any, u64 *fresh)
{
    u64 old;

    barrier_var(w); /* the compiler knows its bound and would leave the check out that the verifier needs */
    if (w >= SEEN_WORDS)
        return;
    old = __sync_fetch_and_or(&d->seen[w], mask);
    *any |= old & mask;
    *fresh |= ~old & mask;
}

/* Notes the bytes of a piece. Each of two that overlap sees the other's bits, on whatever CPUs they are. */
INLINE enum mark mark_piece(struct __sk_buff *skb, struct datagram *d, const struct fragment *f)
{
    u32 end = f->start + f->length;
    u32 first = f->start / FRAGMENT_UNIT;
    u32 last = (end - 1) / FRAGMENT_UNIT;
    u32 w = first / 64;
    u64 head = ~0ULL << first % 64, tail = ~0ULL >> (63 - last % 64);
    u64 any = 0, fresh = 0;
    u32 found;

    if (w == last / 64) {
        mark_word(d, w, head & tail, &any, &fresh);
    } else {
        mark_word(d, w, head, &any, &fresh);
        for (u32 i = 0; i < SEEN_WORDS; i++) {
            w = forgotten(skb, w + 1);
            if (w >= last / 64)
                break;
            mark_word(d, w, ~0ULL, &any, &fresh);
        }
        mark_word(d, last / 64, tail, &any, &fresh);
    }
    found = forgotten(skb, (any ? 1 : 0) | (fresh ? 2 : 0));
    if (!(found & 2))
        return MARK_SEEN;
    if (!f->more) {
        u32 known = __sync_val_compare_and_swap(&d->end, 0, end);

        if (known && known != end)
            return MARK_OVERLAP;
    } else if (d->end && end > d->end) {
        return MARK_OVERLAP;
    }
    if (found & 1)
        return MARK_OVERLAP;
    __sync_fetch_and_add(&d->bytes, f->length);
    return MARK_NEW;
}

/* 0 when the bytes of the piece are new; an overlap ends the whole datagram (RFC 5722). */
INLINE u32 take_piece(struct __sk_buff *skb, struct datagram *d, const struct fragment *f)
{
    enum mark mark = mark_piece(skb, d, f);

    if (mark == MARK_OVERLAP)
        __sync_lock_test_and_set(&d->kind, DATAGRAM_REFUSED);
    return mark == MARK_NEW ? 0 : REASON_FRAGMENT_OVERLAP;
}

INLINE struct fragment_source *find_fragment_source(const struct packet *p, u32 *key)
{
    copy_address(key, p->key.src);
    if (p->v6)
        key[2] = key[3] = 0;
    return bpf_map_lookup_elem(&fragment_sources, key);
}

INLINE bool may_open(const struct settings *s, const struct packet *p, u64 now)
{
    u32 key[4];
    struct fragment_source *source = find_fragment_source(p, key);

    if (!source) {
        struct fragment_source first = { .since = now, .open = 1 };

        bpf_map_update_elem(&fragment_sources, key, &first, BPF_ANY);
        return true;
    }
    if (now - source->since > s->fragment_life) {
        source->since = now;
        source->open = 0;
    }
    if (source->open >= s->fragment_limit)
        return false;
    __sync_fetch_and_add(&source->open, 1);
    return true;
}

/* An entry for the datagram of a first fragment, refused until the fragment was translated or answered. */
INLINE struct datagram *open_datagram(struct __sk_buff *skb, const struct settings *s, const struct packet *p, const struct tuple *key,
                                      u32 hook)
{
    u64 now = coarse_now();
    u32 zero = 0;
    struct datagram *empty = bpf_map_lookup_elem(&blank, &zero);
    struct datagram *d;

    if (!empty || !may_open(s, p, now) || bpf_map_update_elem(&datagrams, key, empty, BPF_ANY))
        return 0;
    d = bpf_map_lookup_elem(&datagrams, key);
    if (!d)
        return 0;
    d->ifindex = CONTEXT(skb, ifindex);
    d->node = hook == HOOK_NODE;
    d->tag = tuple_tag(key);
    d->until = now + s->fragment_life;
    return d;
}

/*
 * Tells what a first fragment became, so that the others become it too; does nothing for other packets. Its id is in cb[0]. The
 * packet's own tuple is lost.
 */
INLINE void note_first(struct __sk_buff *skb, struct packet *p, u32 hook, const struct flow *to, u32 kind)
{
    struct datagram *d;

    if (!(skb->cb[3] & CALL_FIRST))
        return;
    to_datagram(&p->key, p->v6, skb->cb[0], hook);
    d = find_datagram(&p->key);
    if (!d)
        return;
    if (to)
        d->to = *to;
    __sync_lock_test_and_set(&d->kind, kind); /* a full barrier: what it stands for is written */
}

/* All bytes of the datagram were seen: nothing is to be known of it any more. */
INLINE void close_if_complete(const struct packet *p, const struct tuple *key, struct datagram *d)
{
    u32 end = d->end;
    u32 prefix[4];
    struct fragment_source *source;

    if (!end || d->bytes < end)
        return;
    if (bpf_map_delete_elem(&datagrams, key))
        return;
    source = find_fragment_source(p, prefix);
    if (source && source->open)
        __sync_fetch_and_add(&source->open, -1);
}

#endif

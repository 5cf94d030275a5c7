/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Expiry: the worker finds candidates by batch lookups and this program, run by it, looks again and deletes. Only the kernel can do
 * that without losing a packet that came in between.
 */
#ifndef CN2_EXPIRE_H
#define CN2_EXPIRE_H

#include "flow.h"

/* The flags are those of both entries. */
INLINE u64 idle_limit(const struct expiry *e, u8 proto, u8 flags, u8 tcp, u8 other)
{
    if (proto == IPPROTO_UDP)
        return !e->embryonic && (flags & FLOW_STREAM) ? e->udp_stream : e->udp;
    if ((tcp | other) & SEEN_RST)
        return e->rst;
    if (proto == IPPROTO_SCTP)
        return e->embryonic ? e->sctp_handshake : (tcp | other) & SEEN_FIN ? e->sctp_shutdown : e->sctp;
    if (e->embryonic)
        return flags & FLOW_REPLIED ? e->tcp_handshake : e->tcp_unanswered;
    if (tcp & other & SEEN_FIN)
        return e->both_fin;
    if ((tcp | other) & SEEN_FIN)
        return e->one_fin;
    return (tcp | other) & SEEN_RST_UNPROVEN ? e->rst_unproven : e->tcp;
}

INLINE bool is_expired(const struct expiry *e, u8 proto, const struct flow *flow, const struct flow *other)
{
    u64 seen = flow->seen;
    struct path *path = bpf_map_lookup_elem(&paths, &flow->path);

    if (path && word_epoch(*(volatile u64 *)&path->word) != flow->epoch)
        return true;
    if (other && other->seen > seen)
        seen = other->seen;
    return e->now > seen && e->now - seen > idle_limit(e, proto, flow->flags | (other ? other->flags : 0), flow->tcp,
                                                                 other ? other->tcp : 0);
}

/* A pair goes as one; true when the entry of the key is gone. */
INLINE bool expire(const struct expiry *e, void *table, const struct tuple *key)
{
    struct flow *flow = bpf_map_lookup_elem(table, key);
    struct tuple partner;

    if (!flow)
        return true;
    partner_key(&partner, key, flow);

    struct flow *other = bpf_map_lookup_elem(table, &partner);
    if (other && !is_partner(other, key))
        other = 0;
    if (!is_expired(e, key->proto, flow, other))
        return false;
    if (other)
        bpf_map_delete_elem(table, &partner);
    return bpf_map_delete_elem(table, key) == 0;
}

INLINE int on_expire(struct expiry *argument)
{
    struct expiry copy = *argument; /* the context may be read at fixed offsets only */
    const struct expiry *e = &copy;
    u32 deleted = 0, kept = 0;

    for (u32 i = 0; i < MAX_CANDIDATES; i++) {
        u32 index = i;
        struct tuple *candidate;
        bool gone;

        if (i >= e->count)
            break;
        candidate = bpf_map_lookup_elem(&candidates, &index);
        if (!candidate)
            break;
        struct tuple key = *candidate;
        gone = e->embryonic ? expire(e, &embryonic, &key) : expire(e, &flows, &key);
        if (gone)
            deleted++;
        else
            kept++;
    }
    argument->deleted = deleted;
    argument->kept = kept;
    return 0;
}

#endif

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Session affinity ClientIP (datapath.md 4.7): the path that a client was last led to, by frontend. Only new flows look here. The
 * table is an LRU: a binding that makes room costs no more than the choice by hash, which is the same for all flows of a client.
 */
#ifndef CN2_AFFINITY_H
#define CN2_AFFINITY_H

#include "flow.h"

#define SECOND 1000000000ULL

/* Timeout, flags and generation of a frontend in one load. */
INLINE u64 affinity_word(const struct frontend *f)
{
    return *(volatile u64 *)&f->affinity_seconds;
}

/* The client as far as the prefix of its family counts. */
INLINE void client_prefix(u32 *client, const struct settings *s, const struct packet *p)
{
    const u32 *mask = s->affinity_mask[p->v6 ? 1 : 0];

#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++)
        client[i] = p->key.src[i] & mask[i];
}

INLINE void affinity_key(struct affinity_key *key, const struct settings *s, const struct packet *p, u32 service, u64 word)
{
    client_prefix(key->client, s, p);
    key->service = service;
    key->generation = word >> 48;
}

INLINE u64 binding_of(u32 path, u32 epoch)
{
    return path | (u64)epoch << 32;
}

/* The path of a binding that holds still: young enough, and its path is this frontend's and takes new flows. */
INLINE struct path *bound_path(const struct settings *s, const struct packet *p, u32 service, u64 word, u32 *id, u64 *path_word)
{
    struct affinity_key key;
    u64 now = coarse_now();

    affinity_key(&key, s, p, service, word);
    struct binding *b = bpf_map_lookup_elem(&affinity, &key);
    if (!b)
        return 0;

    u64 seen = b->seen;
    u64 bound = *(volatile u64 *)&b->path;
    if (now > seen && now - seen >= (u32)word * SECOND)
        return 0;
    *id = bound;
    struct path *path = bpf_map_lookup_elem(&paths, id);
    if (!path)
        return 0;
    *path_word = *(volatile u64 *)&path->word;
    /* An element that was given to another client while it was read may name another frontend's path. */
    if (path->service != service || word_epoch(*path_word) != bound >> 32 || word_state(*path_word) != PATH_ACTIVE)
        return 0;
    return path;
}

/* A new flow was made: its path is the client's from now on, for another timeout. A full table forgets somebody else. */
INLINE void bind_client(const struct settings *s, const struct packet *p, u32 service, u64 word, u32 path, u32 epoch)
{
    struct affinity_key key;
    struct binding fresh = { .path = binding_of(path, epoch), .seen = coarse_now() };

    affinity_key(&key, s, p, service, word);
    struct binding *b = bpf_map_lookup_elem(&affinity, &key);
    if (b && b->path == fresh.path)
        b->seen = fresh.seen;
    else
        bpf_map_update_elem(&affinity, &key, &fresh, BPF_ANY);
}

#endif

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* SipHash-1-3 (Aumasson and Bernstein) of a tuple: the same choice on every node that holds the cluster's key. */
#ifndef CN2_HASH_H
#define CN2_HASH_H

#include "types.h"

#define ROTATE(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

struct sip {
    u64 v0, v1, v2, v3;
};

INLINE void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = ROTATE(s->v1, 13) ^ s->v0;
    s->v0 = ROTATE(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = ROTATE(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = ROTATE(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = ROTATE(s->v1, 17) ^ s->v2;
    s->v2 = ROTATE(s->v2, 32);
}

INLINE void sip_word(struct sip *s, u64 m)
{
    s->v3 ^= m;
    sip_round(s);
    s->v0 ^= m;
}

INLINE u64 pair(const u32 *words)
{
    return words[0] | (u64)words[1] << 32;
}

INLINE void sip_begin(struct sip *s, const u64 *key)
{
    s->v0 = key[0] ^ 0x736f6d6570736575ULL;
    s->v1 = key[1] ^ 0x646f72616e646f6dULL;
    s->v2 = key[0] ^ 0x6c7967656e657261ULL;
    s->v3 = key[1] ^ 0x7465646279746573ULL;
}

INLINE u64 sip_end(struct sip *s, u64 last)
{
    sip_word(s, last);
    s->v2 ^= 0xff;
    sip_round(s);
    sip_round(s);
    sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* With session affinity: of the client alone. */
INLINE u64 client_hash(const u32 *client, const u64 *key)
{
    struct sip s;

    sip_begin(&s, key);
    sip_word(&s, pair(client));
    sip_word(&s, pair(client + 2));
    return sip_end(&s, 16ULL << 56);
}

INLINE u64 tuple_hash(const struct tuple *t, const u64 *key)
{
    struct sip s;

    sip_begin(&s, key);
    sip_word(&s, pair(t->src));
    sip_word(&s, pair(t->src + 2));
    sip_word(&s, pair(t->dst));
    sip_word(&s, pair(t->dst + 2));
    return sip_end(&s, 37ULL << 56 | t->sport | (u64)t->dport << 16 | (u64)t->proto << 32);
}

/* What follows is cheap, and taken of every packet; it only tells one key from another where a mistake costs time. */
#define MIX_PORTS 0xff51afd7ed558ccdULL

INLINE u64 source_mix(const struct tuple *t)
{
    return pair(t->src) * 0x9e3779b97f4a7c15ULL + pair(t->src + 2) * 0xc2b2ae3d27d4eb4fULL;
}

INLINE u64 destination_mix(const struct tuple *t)
{
    return pair(t->dst) * 0x165667b19e3779f9ULL + pair(t->dst + 2) * 0xd6e8feb86659fd93ULL;
}

/* Tag of a flow entry. */
INLINE u32 tuple_tag(const struct tuple *t)
{
    u64 mixed = source_mix(t) + destination_mix(t) + (t->sport | (u64)t->dport << 16 | (u64)t->proto << 32) * MIX_PORTS;

    return mixed >> 32;
}

#endif

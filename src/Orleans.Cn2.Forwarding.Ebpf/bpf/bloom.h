/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Which packets may be a flow's at all. A Bloom filter of one hash over the addresses of frontends, those of paths, and their ports: every
 * flow's packets go to the one or come from the other. The worker sets a bit before a packet can need it and clears it when no flow does any
 * more (Tables/BloomFilter.cs), so that a packet of somebody else costs two loads instead of lookups in tables that it is not in.
 */
#ifndef CN2_BLOOM_H
#define CN2_BLOOM_H

#include "hash.h"
#include "maps.h"

#define BLOOM_WORD_SHIFT 47 /* the upper 17 bits: the map has 2^17 words */
#define BLOOM_BIT_SHIFT 41

INLINE bool has_bit(u64 mixed)
{
    u32 word = mixed >> BLOOM_WORD_SHIFT;
    u64 *bits = bpf_map_lookup_elem(&bloom, &word);

    return !bits || (*bits >> ((mixed >> BLOOM_BIT_SHIFT) & 63) & 1);
}

/* The address alone first: its bit is found in the cache whatever the port, and few packets of others come from a back end. */
INLINE bool is_from_path(const struct tuple *t)
{
    u64 mixed = source_mix(t);

    return has_bit(mixed) && has_bit(mixed + t->sport * MIX_PORTS);
}

INLINE bool is_to_frontend(const struct tuple *t)
{
    return has_bit(destination_mix(t));
}

#endif

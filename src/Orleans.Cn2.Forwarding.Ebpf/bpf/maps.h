/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The maps. Their specifications (type, sizes, capacity, flags) are in Layout/MapSpecs.cs; here only the names are bound. */
#ifndef CN2_MAPS_H
#define CN2_MAPS_H

#include "types.h"

#define MAP(name) struct { int unused; } name SEC(".maps")

MAP(bloom);          /* words of 64 bits: see bloom.h */
MAP(services);       /* service_key -> service; the key with port 0 and protocol 0 marks an allocated address */
MAP(control);        /* service index -> u64: slot base 0..31, size class 32..39, flags 40..47, tag 48..63 */
MAP(sizes);          /* size class -> number of slots M */
MAP(slots);          /* slot / 2 -> two path ids: the kernel pads a value to 8 bytes */
MAP(paths);          /* path id -> path */
MAP(hops);           /* next hop index -> hop; 0 is none */
MAP(frontends);      /* service index -> frontend */
MAP(flows);          /* tuple -> flow, established, never evicted */
MAP(embryonic);      /* tuple -> flow, least recently used is evicted */
MAP(affinity);       /* affinity_key -> binding, least recently used is evicted */
MAP(interfaces);     /* ifindex -> interface */
MAP(sources);        /* source_key -> u32 */
MAP(settings);       /* two generations of settings */
MAP(switches);       /* [0]: the generation in use; [1]: until when new flows are refused because flows is full, ns */
MAP(buckets);        /* source prefix -> time up to which its rejects are paid for, ns */
MAP(datagrams);      /* tuple of a datagram -> datagram, least recently used is evicted */
MAP(fragment_sources); /* source prefix -> fragment_source */
MAP(blank);          /* [0]: an empty datagram */
MAP(scratch);        /* [0]: a flow_pair, per CPU */
MAP(choices);        /* [0]: a choice_kept, per CPU */
MAP(chunks);         /* [0]: a chunk, per CPU */
MAP(reasons);        /* drops 0..63, rejects 64..127, per CPU */
MAP(service_counts); /* service index -> service_count, per CPU */
MAP(calls);          /* tail calls */
MAP(clocks);         /* [0]: a clock, per CPU */
MAP(candidates);     /* tuples for the expiry program */

enum call {
    CALL_NEW = 0,
    CALL_REST = 1,
    CALL_REJECT = 2,
    CALL_WALKED = 3,
    CALL_FIRST_FRAGMENT = 4,
    CALL_LATER_FRAGMENT = 5,
    CALL_ICMP = 6,
    CALL_INSERT = 7,
    CALL_WAY_BACK = 8,
    CALL_KNOWN = 9,
};

enum control_flags {
    CONTROL_LOCAL_ONLY = 1,
    CONTROL_AFFINITY = 2,
};

/* Until when new flows are refused; null never happens in a map of this size. */
INLINE u64 *full_until(void)
{
    u32 one = 1;

    return bpf_map_lookup_elem(&switches, &one);
}

INLINE struct settings *current_settings(void)
{
    u32 zero = 0;
    u64 *which = bpf_map_lookup_elem(&switches, &zero);
    u32 index = which ? *(volatile u64 *)which & 1 : 0;

    return bpf_map_lookup_elem(&settings, &index);
}

/*
 * CLOCK_MONOTONIC_COARSE in ns. It moves with the jiffies, which a program reads without a call, and a call costs as much as a lookup. What
 * an interrupt between the two stores leaves is taken for an old pair by the next reader.
 */
INLINE u64 coarse_now(void)
{
    u32 zero = 0;
    u64 jiffies = bpf_jiffies64();
    struct clock *c = bpf_map_lookup_elem(&clocks, &zero);

    if (c && *(volatile u64 *)&c->jiffies == jiffies)
        return *(volatile u64 *)&c->now;

    u64 now = bpf_ktime_get_coarse_ns();

    if (c) {
        *(volatile u64 *)&c->now = now;
        *(volatile u64 *)&c->jiffies = jiffies;
    }
    return now;
}

#endif

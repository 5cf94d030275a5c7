/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Sizes and offsets as this compiler laid them out; the C# side compares them with its own when it loads the object. */
#ifndef CN2_LAYOUT_H
#define CN2_LAYOUT_H

#include "types.h"

struct layout_row {
    char name[28];
    u32 value;
};

#define SIZE(type) { #type, sizeof(struct type) }
#define OFFSET(type, field) { #type "." #field, offsetof(struct type, field) }

const struct layout_row layout[] SEC("cn2_layout") = {
    SIZE(tuple), OFFSET(tuple, dst), OFFSET(tuple, sport), OFFSET(tuple, dport), OFFSET(tuple, proto),
    SIZE(service_key), OFFSET(service_key, port), OFFSET(service_key, proto),
    SIZE(service), OFFSET(service, tag),
    SIZE(frontend), OFFSET(frontend, shard), OFFSET(frontend, id), OFFSET(frontend, owner),
    OFFSET(frontend, affinity_seconds), OFFSET(frontend, flags), OFFSET(frontend, affinity_generation),
    SIZE(path), OFFSET(path, address), OFFSET(path, port), OFFSET(path, weight), OFFSET(path, service), OFFSET(path, vmi),
    SIZE(hop), OFFSET(hop, family), OFFSET(hop, ifindex), OFFSET(hop, dmac), OFFSET(hop, smac), OFFSET(hop, gateway),
    SIZE(flow), OFFSET(flow, flags), OFFSET(flow, tcp), OFFSET(flow, verdict), OFFSET(flow, seen), OFFSET(flow, src),
    OFFSET(flow, dst), OFFSET(flow, sport), OFFSET(flow, dport), OFFSET(flow, path), OFFSET(flow, epoch),
    OFFSET(flow, mark), OFFSET(flow, ifindex), OFFSET(flow, dmac), OFFSET(flow, smac),
    SIZE(affinity_key), OFFSET(affinity_key, service), OFFSET(affinity_key, generation), SIZE(binding), OFFSET(binding, seen),
    SIZE(interface), OFFSET(interface, flags),
    SIZE(source_key), OFFSET(source_key, address),
    SIZE(settings), OFFSET(settings, reject_interval), OFFSET(settings, reject_depth), OFFSET(settings, mode),
    OFFSET(settings, flags), OFFSET(settings, node_ifindex), OFFSET(settings, subnet_count),
    OFFSET(settings, snat_families), OFFSET(settings, hold_ifindex), OFFSET(settings, fragment_life),
    OFFSET(settings, fragment_limit), OFFSET(settings, snat), OFFSET(settings, node), OFFSET(settings, affinity_mask),
    OFFSET(settings, subnets),
    SIZE(datagram), OFFSET(datagram, kind), OFFSET(datagram, to), SIZE(fragment_source), SIZE(flow_pair), SIZE(choice_kept), SIZE(chunk),
    SIZE(reason_count), SIZE(service_count), SIZE(clock),
    SIZE(expiry), OFFSET(expiry, rst), OFFSET(expiry, udp), OFFSET(expiry, udp_stream), OFFSET(expiry, sctp), OFFSET(expiry, count), OFFSET(expiry, embryonic), OFFSET(expiry, deleted), OFFSET(expiry, kept),
};

#endif

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The programs: one per kind of hook for packets of known flows, and what they call for the rest. */
#include "bloom.h"
#include "expire.h"
#include "icmp.h"
#include "layout.h"
#include "rest.h"
#include "wayback.h"

INLINE int on_packet(struct __sk_buff *skb, u32 hook)
{
    struct packet p;
    bool is_embryonic, fresh = false;

    clear_trace(skb);
    enum parsed parsed = parse(skb, &p);
    if (parsed == PARSED_OTHER)
        return pass_by(skb, hook);
    if (parsed == PARSED_SLOW)
        return call(skb, CALL_REST, 0, hook);

    /* At an egress hook only answers are translated. Clients have many ports, frontends few addresses: what is in the cache is asked first. */
    bool may_be_flow = (hook != HOOK_EGRESS && is_to_frontend(&p.key)) || is_from_path(&p.key);
    struct flow *flow = may_be_flow ? find_flow(&p.key, &is_embryonic) : 0;
    if (flow) {
        int verdict = on_flow(skb, &p, flow, is_embryonic, hook, false, &fresh);
        if (!fresh)
            return verdict;
    }
    if (hook == HOOK_EGRESS)
        return TCX_NEXT;

    struct settings *s = current_settings();
    if (!s)
        return drop(skb, REASON_INTERNAL);
    if (!in_subnets(s, p.key.dst) && !(may_be_flow && is_allocated(p.key.dst)))
        return pass_by(skb, hook);
    return call(skb, CALL_NEW, 0, hook);
}

SEC("tc")
int cn2_ingress(struct __sk_buff *skb)
{
    return on_packet(skb, HOOK_INGRESS);
}

/*
 * A packet of a device without a link header gets an empty Ethernet header. Every way out needs one, or takes it off again where the
 * next device has none; the stack does not look at it.
 */
SEC("tc")
int cn2_ingress_l3(struct __sk_buff *skb)
{
    if (bpf_skb_change_head(skb, sizeof(struct ethhdr), 0))
        return drop(skb, REASON_INTERNAL);

    struct ethhdr *eth = (void *)(long)skb->data;

    if ((void *)(eth + 1) > (void *)(long)skb->data_end)
        return drop(skb, REASON_INTERNAL);
    eth->h_proto = (__be16)CONTEXT(skb, protocol);
    return on_packet(skb, HOOK_INGRESS);
}

SEC("tc")
int cn2_egress(struct __sk_buff *skb)
{
    return on_packet(skb, HOOK_EGRESS);
}

SEC("tc")
int cn2_node(struct __sk_buff *skb)
{
    return on_packet(skb, HOOK_NODE);
}

SEC("tc")
int cn2_new(struct __sk_buff *skb)
{
    return on_new_flow(skb);
}

SEC("tc")
int cn2_insert(struct __sk_buff *skb)
{
    return on_insert(skb);
}

SEC("tc")
int cn2_rest(struct __sk_buff *skb)
{
    return on_rest(skb);
}

SEC("tc")
int cn2_walked(struct __sk_buff *skb)
{
    return on_walked(skb);
}

SEC("tc")
int cn2_icmp(struct __sk_buff *skb)
{
    return on_icmp(skb);
}

SEC("tc")
int cn2_reject(struct __sk_buff *skb)
{
    return on_reject(skb);
}

SEC("tc")
int cn2_first(struct __sk_buff *skb)
{
    return on_first_fragment(skb);
}

SEC("tc")
int cn2_later(struct __sk_buff *skb)
{
    return on_later_fragment(skb);
}

SEC("tc")
int cn2_way_back(struct __sk_buff *skb)
{
    return on_way_back(skb);
}

SEC("tc")
int cn2_known(struct __sk_buff *skb)
{
    return on_known(skb);
}

SEC("syscall")
int cn2_expire(struct expiry *e)
{
    return on_expire(e);
}

char _license[] SEC("license") = "Dual BSD/GPL";

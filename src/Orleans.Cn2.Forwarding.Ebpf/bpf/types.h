/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Structures that the programs share with the C# side (Layout/). Sizes and offsets are published by layout.h and compared when the
 * object is loaded. Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d; ports in tuples and paths are in network order.
 */
#ifndef CN2_TYPES_H
#define CN2_TYPES_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define INLINE static inline __attribute__((always_inline))

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

/*
 * A value that the compiler knows nothing of, so that what is tested after this is what is used. It would test a copy, or a value one less,
 * and verifiers before Linux 6.8 learn nothing of the one from the other, nor a lower bound from a test for 0.
 */
#define OPAQUE(value) asm volatile("" : "+r"(value))

/* Reads a field of the context at its fixed offset: the compiler would otherwise compute its address, which the verifier refuses. */
#define CONTEXT(skb, field) \
    ({ \
        u64 value; \
        asm volatile("%0 = *(u32 *)(%1 + %2)" : "=r"(value) : "r"(skb), "i"(offsetof(struct __sk_buff, field))); \
        (u32) value; \
    })

/* A packet's tuple as it is seen; the pad is zero because the key is hashed as bytes. */
struct tuple {
    u32 src[4];
    u32 dst[4];
    __be16 sport;
    __be16 dport;
    u8 proto;
    u8 pad[3];
};

struct service_key {
    u32 address[4];
    __be16 port;
    u8 proto;
    u8 pad;
};

struct service {
    u32 index;
    u32 tag;
};

/* One frontend as programmed: read back by the worker, and the proof that an index belongs to the key that led to it. */
struct frontend {
    struct service_key key;
    u32 shard;
    u64 id;
    u8 owner[16];
    u32 affinity_seconds;
    u16 flags;
    u16 affinity_generation; /* another one each time affinity is turned on */
};

/* The word of a path: epoch in bits 0..31, state in 32..39, next hop index in 40..63. */
struct path {
    u64 word;
    u32 address[4];
    __be16 port;
    u16 weight;
    u32 service;
    u64 vmi;
};

enum path_state {
    PATH_GONE = 0,
    PATH_ACTIVE = 1,
    PATH_DRAINING_SERVING = 2,
    PATH_DRAINING = 3,
};

enum hop_kind {
    HOP_NONE = 0,
    HOP_LOCAL = 1,
    HOP_NEIGHBOUR = 2,
    HOP_HOST = 3,
    HOP_LOCAL_NEIGHBOUR = 4, /* local, but its MAC is not known yet: the neighbour table finds it */
};

struct hop {
    u8 kind;
    u8 family; /* of the gateway; 0: the kernel's routes decide */
    u16 pad;
    u32 ifindex;
    u8 dmac[ETH_ALEN];
    u8 smac[ETH_ALEN];
    u32 gateway[4];
};

enum flow_flags {
    FLOW_REVERSE = 1,
    FLOW_AT_EGRESS = 2,
    FLOW_NODE = 4,
    FLOW_REPLIED = 8,
    FLOW_STREAM = 16, /* UDP that went on after its first seconds */
};

enum seen_tcp {
    SEEN_SYN = 1,
    SEEN_FIN = 2,
    SEEN_RST = 4,          /* by one who knows the connection */
    SEEN_RST_UNPROVEN = 8, /* by anybody */
};

/*
 * What the packets of one tuple become. The tag comes first and is derived from the key: an element that is given to another flow
 * while a reader holds it shows another tag, because the kernel copies values upwards.
 */
struct flow {
    u32 tag;
    u8 flags;
    u8 tcp;
    u8 verdict; /* enum verdict; 0: by the path's next hop */
    u8 pad;
    u64 seen; /* CLOCK_MONOTONIC_COARSE, ns */
    u32 src[4];
    u32 dst[4];
    __be16 sport;
    __be16 dport;
    u32 path;
    u32 epoch;
    u32 mark; /* of this direction. TCP: the last acknowledgement; SCTP: the verification tag; UDP: when it began, in steps of MARK_STEP */
    u32 ifindex;        /* where the client's packets come in, and the MACs to answer them with */
    u8 dmac[ETH_ALEN];
    u8 smac[ETH_ALEN];
};

#define MARK_STEP 20 /* 2^20 ns, 1 ms */

/* What of the choice for a new flow is needed when its entries are made. */
struct choice_kept {
    u64 hash;
    u64 affinity; /* affinity_word of the frontend; 0 without affinity */
};

/* A new flow while it is made: too large for the stack. */
struct flow_pair {
    struct flow forward;
    struct flow reverse;
};

#define CHUNK 512 /* bytes that bpf_csum_diff takes at once */

/* Bytes of a packet while they are summed, with room for the zeros that fill the last word. */
struct chunk {
    u32 words[CHUNK / 4 + 2];
};

enum datagram_kind {
    DATAGRAM_REFUSED = 0, /* its first fragment was dropped or rejected: so are the others */
    DATAGRAM_FLOW = 1,    /* translated by what its first fragment became */
    DATAGRAM_ECHO = 2,    /* an echo request that goes back */
};

#define FRAGMENT_UNIT 8
#define SEEN_WORDS (65536 / FRAGMENT_UNIT / 64)

/*
 * What is known of a datagram that comes in pieces, since its first fragment came. Its key is a tuple that has the id in place of the
 * ports, protocol 0 for IPv6, whose pieces need not agree on it, and in the pad whether it is seen at an egress hook.
 */
struct datagram {
    u64 until; /* CLOCK_MONOTONIC_COARSE, ns: forgotten after that */
    u32 bytes; /* seen so far */
    u32 end;   /* bytes of the whole, 0: not known yet */
    u32 kind;  /* enum datagram_kind */
    u32 ifindex; /* where the first fragment came in */
    u32 node;    /* it came from the node itself */
    u32 tag;     /* of the key: see struct flow */
    struct flow to;
    u64 seen[SEEN_WORDS]; /* a bit for each unit of 8 bytes */
};

/* Datagrams that a source has begun and not ended, counted anew after each lifetime. */
struct fragment_source {
    u64 since;
    u32 open;
    u32 pad;
};

/* A client, or its prefix, at a frontend. */
struct affinity_key {
    u32 client[4];
    u32 service;
    u32 generation;
};

struct binding {
    u64 path; /* id in bits 0..31, epoch in 32..63: one store */
    u64 seen; /* when a flow was last made by it: CLOCK_MONOTONIC_COARSE, ns */
};

enum role {
    ROLE_POD = 1,
    ROLE_UPLINK = 2,
    ROLE_NODE = 3,
};

enum interface_flags {
    INTERFACE_CHECK_SOURCE4 = 1,
    INTERFACE_CHECK_SOURCE6 = 2,
};

struct interface {
    u8 role;
    u8 flags;
    u16 pad;
};

struct source_key {
    u32 ifindex;
    u32 address[4];
};

#define MAX_SUBNETS 16

struct subnet {
    u32 address[4];
    u32 mask[4];
};

enum mode {
    MODE_STACK = 0,
    MODE_FAST = 1,
};

enum settings_flags {
    SETTINGS_CSUM_IPV6 = 1, /* bpf_l4_csum_replace knows BPF_F_IPV6 */
};

struct settings {
    u64 hash_key[2];
    u64 reject_interval; /* ns between tokens */
    u64 reject_depth;    /* (burst - 1) * reject_interval */
    u32 mode;
    u32 flags;
    u32 node_ifindex; /* cn2s0 */
    u32 subnet_count;
    u32 snat_families; /* bit 0: IPv4, bit 1: IPv6 */
    u32 hold_ifindex;  /* where fragments ahead of their first are held; 0: nowhere */
    u64 fragment_life;   /* ns */
    u32 fragment_limit;  /* open datagrams a source */
    u32 node_families;
    u32 snat[2][4];
    u32 node[2][4];    /* what the node says as a router comes from here */
    u32 affinity_mask[2][4]; /* by family, over the v4-mapped form */
    struct subnet subnets[MAX_SUBNETS];
};

struct reason_count {
    u64 packets;
    u64 bytes;
};

struct service_count {
    u64 packets;
    u64 bytes;
    u64 flows;
};

/* The time as of a jiffy. */
struct clock {
    u64 jiffies;
    u64 now; /* CLOCK_MONOTONIC_COARSE, ns */
};

/* Argument of the expiry program: candidates 0..count-1 are rechecked in the table, limits are in ns. */
struct expiry {
    u64 now;
    u64 tcp_unanswered;
    u64 tcp_handshake;
    u64 tcp;
    u64 one_fin;
    u64 both_fin;
    u64 rst;
    u64 rst_unproven;
    u64 udp;
    u64 udp_stream;
    u64 sctp_handshake;
    u64 sctp;
    u64 sctp_shutdown;
    u32 count;
    u32 embryonic;
    u32 deleted;
    u32 kept;
};

#define MAX_CANDIDATES 32 /* the verifier walks every turn of the loop */

#endif

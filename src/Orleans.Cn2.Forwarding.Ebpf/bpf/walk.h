/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The way from the fixed IP header to the transport header past IPv4 options and IPv6 extension headers (datapath.md 4.4). */
#ifndef CN2_WALK_H
#define CN2_WALK_H

#include "verdict.h"

#define MAX_OPTION_BYTES 40
#define MAX_EXTENSIONS 8
#define MAX_EXTENSION_BYTES 256
#define EXTENSION_UNIT 8

/* No transport header of a walked packet begins behind this. */
#define MAX_L4 (L3 + (u32)sizeof(struct ipv6hdr) + MAX_EXTENSION_BYTES)

enum option {
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_LOOSE_ROUTE = 131,
    OPTION_STRICT_ROUTE = 137,
};

enum next_header {
    NEXT_HOP_BY_HOP = 0,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_AUTHENTICATION = 51,
    NEXT_DESTINATION = 60,
    NEXT_MOBILITY = 135,
    NEXT_HIP = 139,
    NEXT_SHIM6 = 140,
};

/* The piece of a datagram that a packet carries; all zero where it carries a whole one. */
struct fragment {
    u32 id;
    u32 start;  /* bytes of the datagram before it */
    u32 length; /* its own bytes */
    u32 data;   /* where they begin in the frame */
    u8 more;
    u8 is;
    u8 header; /* an IPv6 fragment header was met */
    u8 pad;
};

INLINE bool is_refused_header(u8 next)
{
    return next == NEXT_AUTHENTICATION || next == NEXT_MOBILITY || next == NEXT_HIP || next == NEXT_SHIM6;
}

/* Whether the lengths of the IP header hold; with p->l4 behind an IPv4 header's options. */
INLINE bool check_header(struct __sk_buff *skb, struct packet *p)
{
    void *data = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;
    u32 frame = CONTEXT(skb, len) - L3;

    if (p->v6) {
        struct ipv6hdr *ip = data + L3;

        if ((void *)(ip + 1) > end || (*(u8 *)ip >> 4) != 6)
            return false;
        if (!ip->payload_len && ip->nexthdr == NEXT_HOP_BY_HOP)
            p->length = frame; /* a jumbogram, as the kernel hands segments of more than 64 KB on */
        return p->length <= frame;
    }

    struct iphdr *ip = data + L3;
    u32 header;

    if ((void *)(ip + 1) > end || (*(u8 *)ip >> 4) != 4)
        return false;
    header = ip->ihl * 4;
    p->l4 = L3 + header;
    return header >= sizeof(*ip) && header <= p->length && p->length <= frame;
}

INLINE u32 walk_options(struct __sk_buff *skb, const struct packet *p)
{
    u32 at = L3 + sizeof(struct iphdr);

    for (u32 i = 0; i < MAX_OPTION_BYTES; i++) {
        u8 kind, length;

        at = forgotten(skb, at);
        if (at >= p->l4)
            return 0;
        if (bpf_skb_load_bytes(skb, at, &kind, sizeof(kind)))
            return REASON_IP_OPTIONS;
        if (kind == OPTION_END)
            return 0;
        if (kind == OPTION_NOP) {
            at++;
            continue;
        }
        if (kind == OPTION_LOOSE_ROUTE || kind == OPTION_STRICT_ROUTE)
            return REASON_SOURCE_ROUTE;
        if (at + 1 >= p->l4 || bpf_skb_load_bytes(skb, at + 1, &length, sizeof(length)) || length < 2 || at + length > p->l4)
            return REASON_IP_OPTIONS;
        at += length;
    }
    return 0;
}

INLINE u32 walk4(struct __sk_buff *skb, struct packet *p, struct fragment *f)
{
    struct iphdr *ip = (void *)(long)skb->data + L3;
    u16 bits;

    if ((void *)(ip + 1) > (void *)(long)skb->data_end)
        return REASON_MALFORMED;
    bits = bpf_ntohs(ip->frag_off);
    if (bits & 0x3fff) {
        f->is = 1;
        f->id = ip->id;
        f->more = (bits >> 13) & 1;
        f->start = (bits & 0x1fff) * FRAGMENT_UNIT;
        f->data = p->l4;
    }
    return walk_options(skb, p);
}

INLINE u32 walk6(struct __sk_buff *skb, struct packet *p, struct fragment *f)
{
    u32 at = L3 + sizeof(struct ipv6hdr);
    u8 next = p->key.proto;

    for (u32 i = 0; i <= MAX_EXTENSIONS; i++) {
        u8 header[EXTENSION_UNIT];
        u32 size;

        at = forgotten(skb, at);
        if (is_refused_header(next) || (next == NEXT_HOP_BY_HOP && i > 0) || (next == NEXT_FRAGMENT && f->header))
            return REASON_EXTENSION_HEADER;
        if (next != NEXT_HOP_BY_HOP && next != NEXT_ROUTING && next != NEXT_FRAGMENT && next != NEXT_DESTINATION) {
            p->key.proto = next;
            p->l4 = at;
            return 0;
        }
        if (i == MAX_EXTENSIONS)
            break;
        if (at + EXTENSION_UNIT > L3 + p->length || bpf_skb_load_bytes(skb, at, header, sizeof(header)))
            return REASON_MALFORMED;
        size = next == NEXT_FRAGMENT ? EXTENSION_UNIT : (header[1] + 1) * EXTENSION_UNIT;
        if (at + size > L3 + p->length)
            return REASON_MALFORMED;
        if (next == NEXT_ROUTING && header[3])
            return REASON_SOURCE_ROUTE;
        at += size;
        if (at > MAX_L4)
            break;
        if (next == NEXT_FRAGMENT) {
            u32 bits = (u32)header[2] << 8 | header[3];

            f->header = 1;
            f->start = bits & 0xfff8;
            f->more = bits & 1;
            f->is = f->start || f->more;
            f->data = at;
            __builtin_memcpy(&f->id, header + 4, sizeof(f->id));
            if (f->start) {
                p->l4 = at;
                return 0;
            }
        }
        next = header[0];
    }
    return REASON_HEADER_CHAIN;
}

/*
 * Finds the transport header, whose offset and protocol it leaves in the packet, or the data of a later fragment. Returns why the
 * packet may not be a flow's, or 0.
 */
INLINE u32 walk(struct __sk_buff *skb, struct packet *p, struct fragment *f)
{
    __builtin_memset(f, 0, sizeof(*f));
    if (!check_header(skb, p))
        return REASON_MALFORMED;
    return p->v6 ? walk6(skb, p, f) : walk4(skb, p, f);
}

INLINE bool has_ports(u8 proto)
{
    return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

/* Reads ports and flags where a walk ended. False when the protocol has none or the header does not lie in the packet. */
INLINE bool read_ports(struct __sk_buff *skb, struct packet *p)
{
    u32 size = p->key.proto == IPPROTO_TCP ? sizeof(struct tcphdr)
               : p->key.proto == IPPROTO_SCTP ? sizeof(struct sctp_header) : sizeof(struct udphdr);
    u32 at = p->l4;

    if (at > MAX_L4 || at + size > L3 + p->length || bpf_skb_pull_data(skb, at + size))
        return false;
    return parse_l4(skb, p, p->key.proto, (void *)(long)skb->data + at) == PARSED_FAST;
}

/* Hands a walked packet to a called program: where its transport header is, in cb[2]. Plain packets are parsed again instead. */
#define PLACE_L4 0xffff
#define PLACE_PROTO 16

INLINE void hand_on(struct __sk_buff *skb, const struct packet *p)
{
    skb->cb[2] = p->l4 | (u32)p->key.proto << PLACE_PROTO;
}

/*
 * The piece that a walked packet carries, for the called program: in cb[0] its offset in units, whether more follow, and where its
 * data begins; in cb[4] the id.
 */
#define PIECE_MORE 13
#define PIECE_DATA 16

INLINE void hand_on_piece(struct __sk_buff *skb, const struct packet *p, const struct fragment *f)
{
    hand_on(skb, p);
    skb->cb[0] = f->start / FRAGMENT_UNIT | (u32)f->more << PIECE_MORE | f->data << PIECE_DATA;
    skb->cb[4] = f->id;
}

INLINE void take_over_piece(struct __sk_buff *skb, const struct packet *p, struct fragment *f)
{
    u32 piece = skb->cb[0];

    f->id = skb->cb[4];
    f->start = (piece & ((1 << PIECE_MORE) - 1)) * FRAGMENT_UNIT;
    f->more = (piece >> PIECE_MORE) & 1;
    f->data = piece >> PIECE_DATA;
    f->length = L3 + p->length - f->data;
    skb->cb[0] = 0;
    skb->cb[4] = 0;
}

INLINE bool take_place(struct __sk_buff *skb, struct packet *p)
{
    u32 place = skb->cb[2];

    skb->cb[2] = 0;
    if (!read_l3(skb, p) || !check_header(skb, p))
        return false;
    p->l4 = place & PLACE_L4;
    p->key.proto = place >> PLACE_PROTO;
    return true;
}

/* The packet that a calling program had read, with ports where it has them. False when it cannot be read again. */
INLINE bool take_over(struct __sk_buff *skb, struct packet *p)
{
    if (!skb->cb[2]) {
        if (parse(skb, p) != PARSED_FAST)
            return false;
    } else if (!take_place(skb, p) || (has_ports(p->key.proto) && !read_ports(skb, p))) {
        return false;
    }
    /* What follows is walked once, not once for each family and protocol. */
    p->v6 = forgotten(skb, p->v6);
    p->key.proto = forgotten(skb, p->key.proto);
    p->l4 = forgotten(skb, p->l4);
    return true;
}

#endif

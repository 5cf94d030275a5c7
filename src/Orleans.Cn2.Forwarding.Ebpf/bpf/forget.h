/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Keeps the verifier's work small: it walks what comes after a point once for each thing that it knows there. */
#ifndef CN2_FORGET_H
#define CN2_FORGET_H

#include "types.h"

/* The value, of which the verifier knows nothing any more. It goes through cb[4], which is 0 after that. */
INLINE u32 forgotten(struct __sk_buff *skb, u32 value)
{
    u64 after;

    /* At the field's fixed offset: the compiler would otherwise compute its address, which the verifier refuses. */
    asm volatile("*(u32 *)(%1 + %2) = %3\n"
                 "%0 = *(u32 *)(%1 + %2)\n"
                 "*(u32 *)(%1 + %2) = %4"
                 : "=&r"(after) : "r"(skb), "i"(offsetof(struct __sk_buff, cb[4])), "r"((u64)value), "r"(0ULL) : "memory");
    return after;
}

#endif

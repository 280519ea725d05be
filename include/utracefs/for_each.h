/* SPDX-License-Identifier: MIT */
/*
 * The preprocessor's part of utracefs.h: for-each over a macro's arguments. Not for applications; every name begins
 * with UTFS_P_.
 */
#ifndef UTRACEFS_FOR_EACH_H
#define UTRACEFS_FOR_EACH_H

/* clang-format off */
#define UTFS_P_CAT(a, b)     UTFS_P_CAT_1(a, b)
#define UTFS_P_CAT_1(a, b)   a##b
#define UTFS_P_UNPAREN(...)  __VA_ARGS__
#define UTFS_P_TEXT(...)     #__VA_ARGS__
#define UTFS_P_NOTHING()
#define UTFS_P_COMMA()       ,

/* Number of arguments, 1 to 64. */
#define UTFS_P_NARGS(...) UTFS_P_NARGS_1(__VA_ARGS__, \
	64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, \
	48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, \
	32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, \
	16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, \
	0)
#define UTFS_P_NARGS_1( \
	_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, \
	_17, _18, _19, _20, _21, _22, _23, _24, _25, _26, _27, _28, _29, _30, _31, _32, \
	_33, _34, _35, _36, _37, _38, _39, _40, _41, _42, _43, _44, _45, _46, _47, _48, \
	_49, _50, _51, _52, _53, _54, _55, _56, _57, _58, _59, _60, _61, _62, _63, _64, \
	n, ...) n

/* op(context, x) for every x, with sep() between two of them. */
#define UTFS_P_MAP(op, sep, context, ...) \
	UTFS_P_CAT(UTFS_P_MAP_, UTFS_P_NARGS(__VA_ARGS__))(op, sep, context, __VA_ARGS__)
#define UTFS_P_MAP_1(op, sep, c, x)       op(c, x)
#define UTFS_P_MAP_2(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_1(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_3(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_2(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_4(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_3(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_5(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_4(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_6(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_5(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_7(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_6(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_8(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_7(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_9(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_8(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_10(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_9(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_11(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_10(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_12(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_11(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_13(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_12(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_14(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_13(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_15(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_14(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_16(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_15(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_17(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_16(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_18(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_17(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_19(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_18(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_20(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_19(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_21(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_20(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_22(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_21(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_23(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_22(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_24(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_23(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_25(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_24(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_26(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_25(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_27(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_26(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_28(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_27(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_29(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_28(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_30(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_29(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_31(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_30(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_32(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_31(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_33(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_32(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_34(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_33(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_35(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_34(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_36(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_35(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_37(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_36(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_38(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_37(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_39(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_38(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_40(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_39(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_41(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_40(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_42(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_41(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_43(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_42(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_44(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_43(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_45(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_44(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_46(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_45(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_47(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_46(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_48(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_47(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_49(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_48(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_50(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_49(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_51(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_50(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_52(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_51(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_53(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_52(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_54(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_53(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_55(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_54(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_56(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_55(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_57(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_56(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_58(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_57(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_59(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_58(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_60(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_59(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_61(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_60(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_62(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_61(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_63(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_62(op, sep, c, __VA_ARGS__)
#define UTFS_P_MAP_64(op, sep, c, x, ...) op(c, x) sep() UTFS_P_MAP_63(op, sep, c, __VA_ARGS__)

/* As UTFS_P_MAP(), the list in parentheses. */
#define UTFS_P_EACH(op, sep, context, list) UTFS_P_EACH_1(op, sep, context, UTFS_P_UNPAREN list)
#define UTFS_P_EACH_1(...)                  UTFS_P_MAP(__VA_ARGS__)

/* op##kind(context, rest...) for a tuple (kind, rest...). */
#define UTFS_P_APPLY(op, context, tuple)        UTFS_P_APPLY_1(op, context, UTFS_P_UNPAREN tuple)
#define UTFS_P_APPLY_1(...)                     UTFS_P_APPLY_2(__VA_ARGS__)
#define UTFS_P_APPLY_2(op, context, kind, ...)  op##kind(context, __VA_ARGS__)
/* clang-format on */

#endif

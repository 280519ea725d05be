/* SPDX-License-Identifier: MIT */
/*
 * utracefs for C++ (C++11 and later): events and scopes as classes that take strings and containers as they are. A thin cover
 * of utracefs.h, which see for fields, print formats, symbols and UTFS_DISABLE; whatever it declares costs what C's costs.
 *
 *	#include <utracefs/utracefs.hpp>
 *
 *	UTFS_CXX_EVENT(shop, order, UTFS_FIELDS(UTFS_STRING_LEN(customer), UTFS_DYNAMIC_ARRAY(double, prices)),
 *		       UTFS_PRINT("for %s", __get_str(customer)));
 *	UTFS_CXX_SCOPE(shop, serve, UTFS_FIELDS(UTFS_FIELD(int, table)));
 *
 *	scope_shop_serve scope(12);                     writes shop:serve_begin, and at the end of the block shop:serve_end
 *	event_shop_order::write(customer, {1.5, 2.25}); std::string, std::vector
 *	if (event_shop_order::enabled())                for arguments that are costly to make
 *
 * UTFS_CXX_EVENT() takes what UTFS_EVENT() takes, declares what that declares, and the class event_SYSTEM_NAME with the functions
 * write(), enabled() and status().
 *
 * UTFS_CXX_SCOPE(system, name, fields) declares the events system:name_begin with these fields, system:name_end with the field
 * duration_ns, and the class scope_SYSTEM_NAME: its constructor takes the fields and writes the one, its destructor
 * writes the other, also when an exception passes. An end is written where somebody recorded one of the two events at the
 * beginning. Nothing is kept but a time stamp: the arguments may be gone by then.
 *
 * Arguments are taken as
 *	UTFS_STRING, UTFS_CHARS      const char *, or what has c_str(): std::string
 *	UTFS_STRING_LEN              const char *, or what has data() and size(): std::string, std::string_view
 *	UTFS_DYNAMIC_ARRAY           what has data() and size(): std::vector, std::array, std::span; an array; { 1, 2, 3 }
 *	UTFS_ARRAY                   a pointer; an array or std::array of just that size
 * Nothing is allocated and nothing throws. Where it may stand: as UTFS_EVENT(); not in a function.
 */
#ifndef UTRACEFS_UTRACEFS_HPP
#define UTRACEFS_UTRACEFS_HPP

#include <utracefs/utracefs.h>

#include <initializer_list>
#include <tuple>
#include <utility>
#include <time.h>

namespace utracefs
{

/* Is what C's data() gives a pointer to elements of type T? */
template <typename C, typename T>
using if_contiguous = typename std::enable_if<
	std::is_convertible<decltype(std::declval<const C &>().data()), const T *>::value &&
	std::is_convertible<decltype(std::declval<const C &>().size()), std::size_t>::value>::type;

/* An argument for a string that ends in NUL. */
class c_string
{
      public:
	constexpr c_string(const char *string) noexcept : string_(string)
	{
	}
	template <typename S,
		  typename = typename std::enable_if<std::is_convertible<
			  decltype(std::declval<const S &>().c_str()), const char *>::value>::type>
	c_string(const S &string) noexcept : string_(string.c_str())
	{
	}
	constexpr const char *get() const noexcept
	{
		return string_;
	}

      private:
	const char *string_;
};

/* An argument for text of a length. That of a C string is looked for when it is wanted. */
class text
{
      public:
	constexpr text(const char *string) noexcept : data_(string), bytes_(SIZE_MAX)
	{
	}
	constexpr text(const char *data, std::size_t bytes) noexcept : data_(data), bytes_(bytes)
	{
	}
	template <typename S, typename = if_contiguous<S, char>>
	text(const S &string) noexcept : text(string.data(), string.size())
	{
	}
	constexpr const char *data() const noexcept
	{
		return data_;
	}
	std::size_t size() const noexcept
	{
		return bytes_ != SIZE_MAX ? bytes_
		       : data_		  ? strnlen(data_, UTFS_EVENT_RECORD_MAX)
					  : 0;
	}

      private:
	const char *data_;
	std::size_t bytes_;
};

/* An argument for an array of any length. */
template <typename T> class elements
{
      public:
	constexpr elements(const T *data, std::size_t count) noexcept : data_(data), count_(count)
	{
	}
	elements(std::initializer_list<T> list) noexcept : elements(list.begin(), list.size())
	{
	}
	template <std::size_t N>
	constexpr elements(const T (&array)[N]) noexcept : elements(array, N)
	{
	}
	template <typename C, typename = if_contiguous<C, T>>
	elements(const C &container) noexcept : elements(container.data(), container.size())
	{
	}
	constexpr const T *data() const noexcept
	{
		return data_;
	}
	constexpr std::size_t size() const noexcept
	{
		return count_;
	}

      private:
	const T *data_;
	std::size_t count_;
};

/* An argument for an array of N elements. */
template <typename T, std::size_t N> class array
{
      public:
	template <typename P,
		  typename = typename std::enable_if<std::is_convertible<P, const T *>::value &&
						     !std::is_array<P>::value>::type>
	constexpr array(const P &data) noexcept : data_(data)
	{
	}
	constexpr array(const T (&data)[N]) noexcept : data_(data)
	{
	}
	template <typename C, typename = if_contiguous<C, T>,
		  typename = typename std::enable_if<std::tuple_size<C>::value == N>::type,
		  typename = void>
	array(const C &data) noexcept : data_(data.data())
	{
	}
	constexpr const T *get() const noexcept
	{
		return data_;
	}

      private:
	const T *data_;
};

/* The time since it was made, if it was made to run. */
class stopwatch
{
      public:
	explicit stopwatch(bool runs) noexcept : start_ns_(runs ? now_ns() : 0)
	{
	}
	bool runs() const noexcept
	{
		return start_ns_ != 0;
	}
	uint64_t elapsed_ns() const noexcept
	{
		return now_ns() - start_ns_;
	}

      private:
	static uint64_t now_ns() noexcept
	{
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		return static_cast<uint64_t>(now.tv_sec) * 1000000000 +
		       static_cast<uint64_t>(now.tv_nsec);
	}

	uint64_t start_ns_;
};

} // namespace utracefs

#define UTFS_CXX_EVENT(system, name, ...)                                                          \
	UTFS_EVENT(system, name, __VA_ARGS__);                                                     \
	UTFS_P_CXX_EVENT(event_##system##_##name, trace_##system##_##name,                         \
			 utfs_event_##system##_##name, UTFS_P_CXX_FIRST(__VA_ARGS__, ~))

#define UTFS_CXX_SCOPE(system, name, fields)                                                       \
	UTFS_EVENT(system, name##_begin, fields);                                                  \
	UTFS_EVENT(system, name##_end, UTFS_FIELDS(UTFS_FIELD(uint64_t, duration_ns)));            \
	UTFS_P_CXX_SCOPE(scope_##system##_##name, trace_##system##_##name,                         \
			 utfs_event_##system##_##name, fields)

/* ---- From here on: what the macros need. ---- */

/* clang-format off */
#define UTFS_P_CXX_FIRST(first, ...) first

#define UTFS_P_CXX_PARAM(c, f) UTFS_P_APPLY(UTFS_P_CXX_PARAM_, c, f)
#define UTFS_P_CXX_PARAM_utfs_none(c, type, name, count, t, n)      void
#define UTFS_P_CXX_PARAM_utfs_scalar(c, type, name, count, t, n)    type name
#define UTFS_P_CXX_PARAM_utfs_array(c, type, name, count, t, n)     ::utracefs::array<type, count> name
#define UTFS_P_CXX_PARAM_utfs_chars(c, type, name, count, t, n)     ::utracefs::c_string name
#define UTFS_P_CXX_PARAM_utfs_string(c, type, name, count, t, n)    ::utracefs::c_string name
#define UTFS_P_CXX_PARAM_utfs_counted(c, type, name, count, t, n)   ::utracefs::text name
#define UTFS_P_CXX_PARAM_utfs_dynamic(c, type, name, count, t, n)   ::utracefs::elements<type> name

#define UTFS_P_CXX_ARGUMENT(c, f) UTFS_P_APPLY(UTFS_P_CXX_ARGUMENT_, c, f)
#define UTFS_P_CXX_ARGUMENT_utfs_none(c, type, name, count, t, n)
#define UTFS_P_CXX_ARGUMENT_utfs_scalar(c, type, name, count, t, n)   name
#define UTFS_P_CXX_ARGUMENT_utfs_array(c, type, name, count, t, n)    name.get()
#define UTFS_P_CXX_ARGUMENT_utfs_chars(c, type, name, count, t, n)    name.get()
#define UTFS_P_CXX_ARGUMENT_utfs_string(c, type, name, count, t, n)   name.get()
#define UTFS_P_CXX_ARGUMENT_utfs_counted(c, type, name, count, t, n)  name.data(), name.size()
#define UTFS_P_CXX_ARGUMENT_utfs_dynamic(c, type, name, count, t, n)  name.data(), name.size()

/* Once it is known that somebody records it. */
#ifdef UTFS_DISABLE
#define UTFS_P_CXX_WRITE(fn, ev) fn
#else
#define UTFS_P_CXX_WRITE(fn, ev) ev##_write
#endif

/* The class belongs to one source file, as do the functions that it calls. */
#define UTFS_P_CXX_EVENT(cls, fn, ev, fields)                                                                \
	namespace                                                                                            \
	{                                                                                                    \
	struct cls {                                                                                         \
		static bool enabled() noexcept                                                               \
		{                                                                                            \
			return fn##_enabled();                                                               \
		}                                                                                            \
		static int status() noexcept                                                                 \
		{                                                                                            \
			return fn##_status();                                                                \
		}                                                                                            \
		static void write(UTFS_P_EACH(UTFS_P_CXX_PARAM, UTFS_P_COMMA, ev, fields)) noexcept          \
		{                                                                                            \
			if (enabled())                                                                       \
				UTFS_P_CXX_WRITE(fn, ev)                                                     \
				(UTFS_P_EACH(UTFS_P_CXX_ARGUMENT, UTFS_P_COMMA, ev, fields));                \
		}                                                                                            \
	};                                                                                                   \
	}                                                                                                    \
	UTFS_P_ASSERT(true, "")

#define UTFS_P_CXX_SCOPE(cls, fn, ev, fields)                                                                \
	namespace                                                                                            \
	{                                                                                                    \
	class cls {                                                                                          \
	public:                                                                                              \
		explicit cls(UTFS_P_EACH(UTFS_P_CXX_PARAM, UTFS_P_COMMA, ev##_begin, fields)) noexcept       \
			: stopwatch_(fn##_begin_enabled() || fn##_end_enabled())                             \
		{                                                                                            \
			if (fn##_begin_enabled())                                                            \
				UTFS_P_CXX_WRITE(fn##_begin, ev##_begin)                                     \
				(UTFS_P_EACH(UTFS_P_CXX_ARGUMENT, UTFS_P_COMMA, ev##_begin, fields));        \
		}                                                                                            \
		~cls()                                                                                       \
		{                                                                                            \
			if (stopwatch_.runs())                                                               \
				fn##_end(stopwatch_.elapsed_ns());                                           \
		}                                                                                            \
		cls(const cls &) = delete;                                                                   \
		cls &operator=(const cls &) = delete;                                                        \
                                                                                                             \
	private:                                                                                             \
		::utracefs::stopwatch stopwatch_;                                                            \
	};                                                                                                   \
	}                                                                                                    \
	UTFS_P_ASSERT(true, "")
/* clang-format on */

#endif

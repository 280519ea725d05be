/* SPDX-License-Identifier: MIT */
// The C++ side of cxx.c: events in a namespace, from a template, from static constructors and destructors.
#include <string>
#include <vector>

#include <utracefs/utracefs.h>

namespace music
{
enum class note : unsigned char { c = 60, d = 62 };
enum tempo : long { slow = -1, fast = 1L << 40 };

UTFS_EVENT(cxx, note,
	   UTFS_FIELDS(UTFS_FIELD(note, pitch), UTFS_FIELD(tempo, speed), UTFS_FIELD(bool, loud),
		       UTFS_FIELD(const void *, where), UTFS_FIELD(double, volume),
		       UTFS_STRING_LEN(name), UTFS_DYNAMIC_ARRAY(note, chord)),
	   UTFS_PRINT("%s %d", __print_symbolic(REC->pitch, {note::c, "C"}, {note::d, "D"}),
		      REC->speed == slow),
	   UTFS_SYMBOLS(note::c, note::d, slow));
UTFS_EVENT(cxx, lifetime, UTFS_FIELDS(UTFS_FIELD(int, step)));

template <typename Container> void play(const std::string &name, const Container &chord)
{
	trace_cxx_note(note::d, fast, true, nullptr, 0.25, name.data(), name.size(), chord.data(),
		       chord.size());
}

struct witness {
	witness()
	{
		trace_cxx_lifetime(1);
	}
	~witness()
	{
		trace_cxx_lifetime(2);
	}
};
static witness global_witness;
} // namespace music

extern "C" void cxx_play();
extern "C" void cxx_play()
{
	music::witness local;

	music::play("chord", std::vector<music::note>{music::note::c, music::note::d});
}

// SPDX-License-Identifier: MIT
//! Declaring events.

/// Declares events: a function that writes the event, and beside it `NAME::enabled()` and `NAME::status()`.
///
/// ```
/// utracefs::event! {
///     /// The first string is the system, the second the text in `trace`: what UTFS_PRINT() takes in C.
///     pub fn served(id: u64, path: &str, sizes: &[u32]) => "shop", r#""%s", __get_str(path)"#;
///     /// `as` gives another name for the type: as a program in C has it, whose event this is, too.
///     fn greeting(number: i32 as "int", name: &str) => "hello";
/// }
/// served(1, "/", &[1, 2, 3]);
/// greeting(7, "Ada");
/// assert_eq!(served::status(), 0);
/// ```
///
/// The event has the function's name. Fields are [`FieldValue`](crate::FieldValue)s. It may stand in a function, too. Strings and slices are cut
/// so that a record holds them (4072 bytes).
#[macro_export]
macro_rules! event {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($field:ident: $type:ty $(as $c_type:literal)?),* $(,)?)
       => $system:literal $(, $print:literal)?;)*) => {$(
        #[allow(non_camel_case_types)]
        #[doc = concat!("The event ", $system, ":", stringify!($name), ".")]
        $vis enum $name {}

        #[allow(dead_code)]
        impl $name {
            #[doc(hidden)]
            #[inline(always)]
            fn declared() -> &'static $crate::Declared {
                const NR_FIELDS: usize = $crate::event!(@count $($field)*);
                const FIELDS: [$crate::ffi::Field; NR_FIELDS] = [$(<$type as $crate::FieldValue>::FIELD),*];
                const TEXTS: &[&str] = &[
                    $crate::event!(@print $($print)?),
                    $system,
                    stringify!($name),
                    $($crate::event!(@type $type $(, $c_type)?), stringify!($field)),*
                ];
                static DESCRIPTION: $crate::Description<NR_FIELDS, { $crate::texts_bytes(TEXTS) }> =
                    $crate::describe(FIELDS, TEXTS);
                // SAFETY: the description is a static.
                static DECLARED: $crate::Declared =
                    unsafe { $crate::Declared::new(&$crate::NEVER, DESCRIPTION.head()) };
                extern "C" fn register() {
                    // SAFETY: a static; the loader calls once, before anybody writes.
                    unsafe { DECLARED.register() }
                }
                extern "C" fn unregister() {
                    // SAFETY: the loader calls when the object goes.
                    unsafe { DECLARED.unregister() }
                }
                #[used]
                #[link_section = ".init_array"]
                static REGISTER: extern "C" fn() = register;
                #[used]
                #[link_section = ".fini_array"]
                static UNREGISTER: extern "C" fn() = unregister;

                &DECLARED
            }

            /// Does somebody record it?
            #[inline(always)]
            $vis fn enabled() -> bool {
                Self::declared().enabled()
            }

            /// 0 registered; a negative errno: inactive, -17 (EEXIST) because another program declared other fields.
            $vis fn status() -> i32 {
                Self::declared().status()
            }
        }

        $(#[$meta])*
        #[inline(always)]
        #[allow(clippy::too_many_arguments)]
        $vis fn $name($($field: $type),*) {
            #[cold]
            #[inline(never)]
            #[allow(clippy::too_many_arguments, unused_mut, unused_assignments, unused_variables)]
            fn write(declared: &$crate::Declared, $($field: $type),*) {
                let mut record = $crate::Record::new(declared);
                let mut at = 0;
                $(
                    $crate::FieldValue::put($field, &mut record, declared.offset(at));
                    at += 1;
                )*
                record.write();
            }
            let declared = <$name>::declared();
            if declared.enabled() {
                write(declared, $($field),*);
            }
        }
    )*};
    (@count) => { 0 };
    (@count $first:ident $($rest:ident)*) => { 1 + $crate::event!(@count $($rest)*) };
    (@type $type:ty) => { <$type as $crate::FieldValue>::NAME };
    (@type $type:ty, $c_type:literal) => { $c_type };
    (@print) => { "" };
    (@print $print:literal) => { $print };
}

//! The names of days and months in the languages that templates can ask for.
//!
//! Source: the locales of the GNU C library, as `pure-rust-locales` carries them. Only those named here are compiled in.

/// A language's names of days (Sunday first), months and halves of the day.
pub(super) struct Language {
    pub name: &'static str,
    pub days: &'static [&'static str],
    pub short_days: &'static [&'static str],
    pub months: &'static [&'static str],
    pub short_months: &'static [&'static str],
    pub halves: &'static [&'static str],
}

macro_rules! languages {
    ($($name:literal $locale:ident),+ $(,)?) => {
        /// Every language, in the order of their names.
        static LANGUAGES: &[Language] = &[$(Language {
            name: $name,
            days: pure_rust_locales::$locale::LC_TIME::DAY,
            short_days: pure_rust_locales::$locale::LC_TIME::ABDAY,
            months: pure_rust_locales::$locale::LC_TIME::MON,
            short_months: pure_rust_locales::$locale::LC_TIME::ABMON,
            halves: pure_rust_locales::$locale::LC_TIME::AM_PM,
        }),+];
    };
}

languages! {
    "bg" bg_BG, "ca" ca_ES, "cs" cs_CZ, "da" da_DK, "de" de_DE, "de_AT" de_AT, "el" el_GR, "en" en_GB, "eo" eo, "es" es_ES,
    "et" et_EE, "fi" fi_FI, "fr" fr_FR, "hr" hr_HR, "hu" hu_HU, "it" it_IT, "ja" ja_JP, "lt" lt_LT, "lv" lv_LV, "nb" nb_NO,
    "nl" nl_NL, "pl" pl_PL, "pt" pt_PT, "ro" ro_RO, "ru" ru_RU, "sk" sk_SK, "sl" sl_SI, "sv" sv_SE, "tr" tr_TR, "uk" uk_UA,
}

impl Language {
    /// The language `wanted`: `de`, or with a country, `de_AT` or `de-CH`, of which the language alone counts where the country has
    /// no names of its own.
    ///
    /// # Errors
    /// There is none of that name; says which there are.
    pub fn find(wanted: &str) -> Result<&'static Self, String> {
        let wanted = wanted.replace('-', "_");
        let alone = wanted.split('_').next().unwrap_or_default();
        let called = |name: &str| LANGUAGES.iter().find(|language| language.name == name);
        called(&wanted).or_else(|| called(alone)).ok_or_else(|| {
            let names: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
            format!(
                "there are no names of days in {wanted:?}; known are {}",
                names.join(", ")
            )
        })
    }

    /// The names of all of them.
    #[cfg(test)]
    pub fn names() -> Vec<&'static str> {
        LANGUAGES.iter().map(|language| language.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_all_its_names() {
        for language in LANGUAGES {
            assert_eq!(language.days.len(), 7, "{}", language.name);
            assert_eq!(language.short_days.len(), 7);
            assert_eq!(language.months.len(), 12);
            assert_eq!(language.short_months.len(), 12);
        }
        assert!(Language::find("de-CH").is_ok_and(|language| language.name == "de"));
        let names = Language::names();
        assert!(names.is_sorted(), "{names:?}");
    }
}

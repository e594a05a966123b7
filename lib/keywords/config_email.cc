// `email-alert` (manual 2.6 section 4.2); engine/mailer.h sends the mails.
#include "keywords/setters.h"
#include "log/log.h"

namespace cfgproxy::keywords {
namespace {

using model::EmailAlert;

EmailAlert& alert_of(Parser& parser) {
    EmailAlert& alert = parser.proxy().email_alert;
    alert.any = true;
    alert.place = parser.place();
    return alert;
}

template <std::string EmailAlert::*Member>
void set_part(Parser& parser) {
    alert_of(parser).*Member = parser.arg(0);
}

void set_level(Parser& parser) {
    const int level = log::find_level(parser.arg(0));
    if (level < 0)
        return parser.alert(parser.words().back(), "unknown log level 'level' after " + quoted(parser.arg(0)));
    alert_of(parser).level = static_cast<std::uint8_t>(level);
}

void report_unknown(Parser& parser) {
    if (parser.args().empty()) return parser.alert(parser.words()[0], "missing argument after 'email-alert'.");
    parser.alert(parser.arg_word(0), "email-alert: unknown argument " + quoted(parser.arg(0)) + ".");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "email-alert", .sections = kProxies, .support = Support::done, .parse = report_unknown, .since = "1.6"},
    {.name = "email-alert from", .sections = kProxies, .support = Support::done, .parse = set_part<&EmailAlert::from>, .since = "1.6"},
    {.name = "email-alert level", .sections = kProxies, .support = Support::done, .parse = set_level, .since = "1.6"},
    {.name = "email-alert mailers", .sections = kProxies, .support = Support::done, .parse = set_part<&EmailAlert::mailers>, .since = "1.6"},
    {.name = "email-alert myhostname", .sections = kProxies, .support = Support::done, .parse = set_part<&EmailAlert::host>, .since = "1.6"},
    {.name = "email-alert to", .sections = kProxies, .support = Support::done, .parse = set_part<&EmailAlert::to>, .since = "1.6"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords

// attach-srv: a client that is to be asked rather than to ask (manual 3.4 section 4.4).
#include "config/finalize.h"
#include "keywords/actions.h"
#include "keywords/setters.h"
#include "model/server_path.h"
#include "sample/expression.h"

namespace cfgproxy::keywords {
namespace {

using model::AttachTarget;
using model::RuleContext;
using model::Verdict;

class AttachServer final : public model::Action {
  public:
    AttachServer(const AttachTarget& target, std::unique_ptr<sample::Expression> name)
        : target_(target), name_(std::move(name)) {}
    Verdict run(RuleContext& context) const override {
        context.attach_to = target_.server;
        context.attach_name = {};
        std::string_view name;
        if (name_ && name_->evaluate_text(context, name) == sample::Found::yes)
            context.attach_name = context.arena->copy(name);
        return Verdict::next;
    }

  private:
    const AttachTarget& target_;
    std::unique_ptr<sample::Expression> name_;
};

std::unique_ptr<model::Action> parse_attach(Parser& parser) {
    const auto words = parser.option_words();
    if (!parser.global().experimental) {
        parser.alert(words[0],
                     "'attach-srv' action is experimental, must be allowed via a global "
                     "'expose-experimental-directives'");
        return nullptr;
    }
    auto target = std::make_unique<AttachTarget>();
    target->place = words[0].place;
    if (words.size() > 1) target->name = words[1].text;
    if (!parser.in_defaults()) target->proxy = &parser.proxy();
    target->named = words.size() > 2 && words[2].text == "name";
    std::unique_ptr<sample::Expression> name;
    if (target->named) {
        if (words.size() < 4) {
            parser.alert(words[2], "missing name value");
            return nullptr;
        }
        name = action_expression(parser, words[3]);
        if (!name) return nullptr;
    }
    if (const std::size_t used = target->named ? 4 : 2; words.size() > used)
        return action_error(parser, words[used],
                            "only accepts 'if' or 'unless' (got '" + std::string(words[used].text) + "')");
    auto action = std::make_unique<AttachServer>(*target, std::move(name));
    parser.config().attach_targets.push_back(std::move(target));
    return action;
}

/// Finds the server. What is wrong with it, or nothing.
std::string find_target(const model::Config& config, AttachTarget& target) {
    if (target.proxy && target.proxy->mode != model::Mode::http) return "requires HTTP proxy mode";
    const auto path = model::ServerPath::of_command(target.name);
    if (!path.backend || path.server.empty()) return ": invalid server name " + quoted(target.name);
    const model::Proxy* backend = config.find_backend(*path.backend);
    if (!backend) return ": no such backend " + quoted(target.name);
    target.server = backend->find_server(path.server);
    if (!target.server) return ": no such server " + quoted(target.name);
    const model::Server& server = *target.server;
    const bool wants_name = server.pool_name || (server.tls->on && server.tls->sni);
    if (target.named && !wants_name)
        return "has a name argument while server " + quoted(target.name) +
               " does not use pool-conn-name; either reconfigure the server or remove the name argument from this "
               "attach-srv rule";
    if (!target.named && wants_name)
        return "has no name argument while server " + quoted(target.name) +
               " uses pool-conn-name; either add a name argument to the attach-srv rule or reconfigure the server";
    server.referenced = true;
    return {};
}

void find_targets(config::Finalizing& finalizing) {
    for (const auto& target : finalizing.config.attach_targets) {
        const model::Proxy* proxy = target->proxy;
        if (proxy && proxy->disabled) continue;
        const std::string problem = find_target(finalizing.config, *target);
        if (problem.empty()) continue;
        const std::string_view joint = problem.front() == ':' ? "attach-srv rule" : "attach-srv rule ";
        finalizing.alert(target->place,
                         "Proxy " + quoted(proxy ? proxy->name : "") + ": " + std::string(joint) + problem + ".");
    }
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "attach-srv", .sets = kTcpSession, .support = Support::done, .parse = parse_attach, .arguments = 1, .since = "2.9"},
};
constexpr config::Pass kPasses[] = {
    {"find attached servers", 26, find_targets},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords

// Feeds lines to the command line's reader, help and form parsers: nothing may crash, grow without bound or hang.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "control/admin_form.h"
#include "control/cli_help.h"
#include "control/cli_words.h"
#include "control/page_options.h"
#include "control/text.h"

using namespace cfgproxy;
using namespace cfgproxy::control;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string input(reinterpret_cast<const char*>(data), size);
    std::string_view rest = input;
    bool payload = false;
    for (int commands = 0; commands < 64; ++commands) {
        const std::size_t end = find_end_of_command(rest, payload);
        if (end == std::string_view::npos) break;
        if (end >= rest.size()) std::abort();
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        std::string storage;
        const auto words = split_words(line, storage);
        if (storage.size() > line.size() || words.size() > 64) std::abort();
        for (std::string_view word : words)
            if (word.data() < storage.data() || word.data() + word.size() > storage.data() + storage.size())
                std::abort();
        payload = !payload && asks_for_payload(line);
        const Command* command = find_command(words);
        if (command && word_count(command->name) > words.size()) std::abort();
        CliSettings settings;
        settings.expert = commands % 2;
        if (help_text(words, settings).empty()) std::abort();
    }
    const PageOptions options = parse_page_options(input);
    if (options.scope.size() > 20) std::abort();
    for (char c : link_to("/", options, options.up, options.no_refresh))
        if (c == '<' || c == '"' || c == '\r' || c == '\n') std::abort();
    std::string value;
    decode_form_value(input, value);
    if (value.size() > input.size()) std::abort();
    static const stream::Generation generation = [] {
        stream::Generation g;
        g.config = std::make_shared<model::Config>();
        return g;
    }();
    run_admin_form(input, generation);
    return 0;
}

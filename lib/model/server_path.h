#pragma once
#include <optional>
#include <string_view>

namespace cfgproxy::model {

/// "[backend/]server", as words of the file name a server: views of the text. Names hold no slash; of a text with
/// several the last one counts, which shows in messages only.
struct ServerPath {
    std::optional<std::string_view> backend;  ///< nothing: the one that the text stands in
    std::string_view server;

    explicit constexpr ServerPath(std::string_view text) : ServerPath(text, text.rfind('/')) {}
    /// As commands take it apart: at the first slash.
    static constexpr ServerPath of_command(std::string_view text) { return {text, text.find('/')}; }

  private:
    constexpr ServerPath(std::string_view text, std::size_t slash)
        : server(slash == text.npos ? text : text.substr(slash + 1)) {
        if (slash != text.npos) backend = text.substr(0, slash);
    }
};

}  // namespace cfgproxy::model

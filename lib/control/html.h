#pragma once
#include <string>
#include <string_view>

#include "control/page_options.h"
#include "control/stat_fields.h"
#include "model/proxy.h"
#include "stream/env.h"

namespace cfgproxy::control {

/// What the HTML page is made with.
struct Page {
    const model::StatsSettings& settings;
    const stream::Process& process;
    const stream::Generation& generation;
    PageOptions options;
    bool admin = false;
    std::uint64_t now_ms = 0, wall_us = 0;
};

/// Doctype to `</head>`: title and style sheet.
void append_html_head(std::string& to, const Page& page);
/// The top of the page: process, legend of colours, links, outcome of an action.
void append_html_top(std::string& to, const Page& page);
/// Head of a proxy's table, with its form if actions are allowed.
void append_html_proxy_begin(std::string& to, const Page& page, const model::Proxy& proxy);
void append_html_row(std::string& to, const Page& page, const Row& row);
void append_html_proxy_end(std::string& to, const Page& page, const model::Proxy& proxy);

/// The part of a row's CSS class that tells a server's state: "up", "going_down", "draining"...
std::string_view state_class(const Row& row);
/// The style sheet's text.
void append_style_sheet(std::string& to);

/// `text` for HTML; what is not trusted goes through it.
void append_escaped(std::string& to, std::string_view text);

}  // namespace cfgproxy::control

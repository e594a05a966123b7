#pragma once
#include <string>

#include "config/reader.h"
#include "model/server.h"

namespace cfgproxy::keywords {

/// Reads what stands behind `usesrc`: "client", "clientip", "hdr_ip(NAME[,OCCURRENCE])" or an address. The reason is in
/// `error` if it is none of these.
bool read_shown_source(config::Parser& parser, std::string_view text, model::ShownSource& shown, std::string& error);

}  // namespace cfgproxy::keywords

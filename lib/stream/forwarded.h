#pragma once
#include <string>

#include "model/proxy.h"

namespace cfgproxy::stream {

/// What this proxy has to say about an exchange: "proto=http;for=192.0.2.1".
std::string forwarded_element(const model::Forwarded& option, const sample::Context& context);

/// `option forwarded`: puts the element at the end of the request's Forwarded field if all that stands there can be
/// trusted, else into a field of its own. Nothing where the backend does not ask for it.
void add_forwarded(const model::Proxy& backend, sample::Context& context);

}  // namespace cfgproxy::stream

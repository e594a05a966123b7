#pragma once
#include "http/message.h"

namespace cfgproxy::http {

/// Makes Content-Length and Transfer-Encoding say what `framing` says, whatever rules have made of these fields: what
/// follows the head must never be taken for another message. A body whose length field was taken away becomes chunked
/// where the versions allow it.
void settle_framing(base::Arena& arena, Request& request);
void settle_framing(base::Arena& arena, Response& response, bool client_is_1_1);

}  // namespace cfgproxy::http

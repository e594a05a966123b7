#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"
#include "model/fcgi.h"
#include "net/address.h"

namespace cfgproxy::server {

/// What a request is to those who tell a FastCGI application of it. Views must stay until it is told.
struct FcgiRequest {
    std::string_view method, uri, version;
    /// In lower case. Those of the request; then the parameters that the file sets, in the order in which they are
    /// told.
    http::HeaderList fields, own;
    std::string_view server_field, server_name;  ///< http-send-name-header; empty: none
    net::Address source, destination;            ///< of the client's connection; unspecified: there is none
    std::uint64_t length = 0;                    ///< of the payload
    bool tls = false;                            ///< the client came by it
};

/// Appends the content of PARAMS: the fields, the file's own parameters, and those that every program gets (manual 3.4
/// section 10.2). False: the path is none, or one that `path-info` must not see.
bool append_fcgi_parameters(std::string& to, const model::FcgiApp& app, const FcgiRequest& request);

}  // namespace cfgproxy::server

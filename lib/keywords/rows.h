#pragma once
#include "config/keyword.h"

// The names that tables of rows are made of, so that each row stays one line.
namespace cfgproxy::keywords {

using config::ActionRow;
using config::BindOption;
using config::Keyword;
using config::Misplaced;
using config::ServerOption;
using config::Support;

using config::kBackends;
using config::kFrontends;
using config::kGlobal;
using config::kInBackend;
using config::kInDefaults;
using config::kInFrontend;
using config::kInListen;
using config::kProxies;
using config::kUserlist;

using config::kAcme;
using config::kCache;
using config::kCrtStore;
using config::kFcgiApp;
using config::kHealthcheck;
using config::kHttpErrors;
using config::kLogForward;
using config::kLogProfile;
using config::kMailers;
using config::kNamespaceList;
using config::kPeers;
using config::kProgram;
using config::kResolvers;
using config::kRing;
using config::kTraces;

using config::kDefault;
using config::kNo;

using config::kChecks;
using config::kHttpAfterResponse;
using config::kHttpRequest;
using config::kHttpResponse;
using config::kQuicInitial;
using config::kStatsHttpRequest;
using config::kTcpConnection;
using config::kTcpContent;
using config::kTcpResponse;
using config::kTcpSession;

}  // namespace cfgproxy::keywords

// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "engine/api/listener.hpp"
#include "engine/api/router.hpp"
#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {
namespace {

class HttpServer : public ApiTest {
 protected:
  void restart(const std::function<void(ServerOptions&)>& how) {
    how(options_);
    start_server();
  }
};

TEST_F(HttpServer, UnknownPathsAreNotFound) {
  for (const std::string path :
       {"/", "/v1", "/v1/", "/v1/nothing", "/livez/", "/v1/blocks/1/2/3", "/v1/transactions//proof", "/V1/status"}) {
    const HttpAnswer answer = get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.code(), "not_found") << path;
  }
}

TEST_F(HttpServer, OtherMethodsAreToldWhichThereAre) {
  HttpAnswer answer = perform(server_->port(), {.method = "DELETE", .target = "/v1/status"});
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.code(), "method_not_allowed");
  EXPECT_EQ(answer.headers["allow"], "GET, HEAD");
  answer = get("/v1/transactions");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers["allow"], "POST");
  answer = perform(server_->port(), {.method = "POST", .target = "/v1/blocks", .body = "x"});
  EXPECT_EQ(answer.status, 405);
}

TEST_F(HttpServer, HeadIsGetWithoutTheBody) {
  finalize_and_index(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> <urn:g> ."}});
  for (const std::string path : {"/livez", "/v1/status", "/v1/blocks/1/raw", "/v1/graphs/urn:g"}) {
    const HttpAnswer head = perform(server_->port(), {.method = "HEAD", .target = path});
    EXPECT_EQ(head.status, 200) << path;
    EXPECT_TRUE(head.body.empty()) << path;
    EXPECT_EQ(head.headers.at("content-type"), get(path).headers.at("content-type"));
  }
}

TEST_F(HttpServer, UnknownParametersAreNamedOnEveryRoute) {
  for (const Route& route : all_routes()) {
    std::string path(route.pattern);
    if (const auto brace = path.find('{'); brace != std::string::npos) path.replace(brace, path.find('}') - brace + 1, "1");
    const HttpAnswer answer =
        perform(server_->port(), {.method = route.method == Method::post ? "POST" : "GET", .target = path + "?colour=blue"});
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.code(), "bad_parameter") << path;
    EXPECT_TRUE(answer.json()["detail"].get<std::string>().starts_with("colour")) << answer.body;
  }
}

TEST_F(HttpServer, MalformedQueriesAreRefused) {
  for (const std::string query : {"?limit=1&limit=2", "?limit=0", "?limit=1001", "?limit=x", "?from=%zz", "?from=%4", "?limit="})
    EXPECT_EQ(get("/v1/blocks" + query).code(), "bad_parameter") << query;
  EXPECT_EQ(get("/v1/graphs/%zz").code(), "bad_parameter");
}

TEST_F(HttpServer, OnlyItsOwnNamesAreAnswered) {
  for (const std::string host :
       {"evil.example", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "["}) {
    const HttpAnswer answer = get("/livez", {"Host:" + (host.empty() ? std::string(" ") : " " + host)});
    EXPECT_EQ(answer.status, 421) << host;
    EXPECT_EQ(answer.code(), "wrong_host") << host;
  }
  for (const std::string host : {"localhost", "LocalHost:1", "127.0.0.1:99", "127.1.2.3", "[::1]:8081", "[::1]"})
    EXPECT_EQ(get("/livez", {"Host: " + host}).status, 200) << host;
}

TEST_F(HttpServer, ListeningEverywhereTakesEveryLiteralAddressButNoName) {
  restart([](ServerOptions& options) { options.host = "0.0.0.0"; });
  EXPECT_EQ(get("/livez", {"Host: 10.1.2.3:8081"}).status, 200);
  EXPECT_EQ(get("/livez", {"Host: evil.example"}).status, 421);
}

TEST_F(HttpServer, PagesOfAnotherOriginAreRefused) {
  const std::string host = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_EQ(get("/livez", {"Origin: http://" + host}).status, 200);
  for (const std::string& origin :
       {std::string("http://evil.example"), std::string("null"), "https://" + host + ".evil.example"}) {
    const HttpAnswer answer = get("/livez", {"Origin: " + origin});
    EXPECT_EQ(answer.status, 403) << origin;
    EXPECT_EQ(answer.code(), "wrong_origin");
  }
}

TEST_F(HttpServer, ABodyDeclaredTooLargeIsRefusedBeforeItIsRead) {
  restart([](ServerOptions& options) { options.body_bytes_max = 1'000; });
  RawConnection connection(server_->port());
  connection.send("POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n");
  const std::string answer = connection.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
  RawConnection second(server_->port());
  second.send(
      "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/turtle\r\nAuthorization: Bearer "
      "a-token-of-the-tests\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_NE(second.read_to_end().find("\"code\":\"too_large\""), std::string::npos);
}

TEST_F(HttpServer, AClientThatSendsALargeBodySeesWhy) {
  restart([](ServerOptions& options) { options.body_bytes_max = 1'000; });
  const HttpAnswer answer = post_tx(ByteVector(4'000'000));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.code(), "too_large");
}

TEST_F(HttpServer, AChunkedBodyIsCounted) {
  restart([](ServerOptions& options) { options.body_bytes_max = 1'000; });
  const std::string head =
      "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/vnd.provchain.tx\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  RawConnection connection(server_->port());
  connection.send(head + "5dc\r\n" + std::string(1'500, 'x') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(connection.read_to_end().starts_with("HTTP/1.1 413"));
  RawConnection endless(server_->port());
  endless.send(head);
  EXPECT_TRUE(eventually([&] { return !endless.send("100000\r\n" + std::string(1U << 20, 'x') + "\r\n"); })) << "cut off";
}

TEST_F(HttpServer, ABodyOfExactlyTheLimitIsRead) {
  const ByteVector tx = builder_.transaction({"<urn:a> <urn:p> <urn:b> ."}, 1);
  restart([&](ServerOptions& options) { options.body_bytes_max = tx.size(); });
  EXPECT_EQ(post_tx(tx).status, 202);
}

TEST_F(HttpServer, LongHeadersAreRefused) {
  EXPECT_EQ(get("/livez", {"X-Long: " + std::string(10'000, 'x')}).status, 200);
  const HttpAnswer answer = get("/livez", {"X-Long: " + std::string(17'000, 'x')});
  EXPECT_EQ(answer.status, 431);
  EXPECT_EQ(answer.code(), "headers_too_large");
  const long status = get("/livez", {"X-Long: " + std::string(90'000, 'x')}).status;
  EXPECT_TRUE(status == 431 || status == 413 || status == 0) << status;
}

TEST_F(HttpServer, ASlowClientIsDropped) {
  restart([](ServerOptions& options) { options.idle_seconds_max = 1; });
  RawConnection in_header(server_->port());
  in_header.send("GET /livez HTTP/1.1\r\nHost: loc");
  RawConnection in_body(server_->port());
  in_body.send("POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(get("/livez").status, 200);
  static_cast<void>(in_header.read_to_end());
  static_cast<void>(in_body.read_to_end());
}

TEST_F(HttpServer, ConnectionsAreLimited) {
  restart([](ServerOptions& options) { options.connections_max = 3; });
  {
    RawConnection first(server_->port());
    RawConnection second(server_->port());
    RawConnection third(server_->port());
    for (RawConnection* connection : {&first, &second, &third})
      connection->send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return metrics_.text().find("route=\"/livez\",status=\"200\"} 3") != std::string::npos; }));
    EXPECT_EQ(perform(server_->port(), {.target = "/livez", .timeout_ms = 300}).status, 0);
  }
  EXPECT_TRUE(eventually([&] { return perform(server_->port(), {.target = "/livez", .timeout_ms = 1'000}).status == 200; }));
}

TEST_F(HttpServer, FiftyConnectionsAtOnceAreServed) {
  finalize_and_index(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> ."}});
  std::vector<std::future<long>> answers;
  for (int i = 0; i < 50; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      const char* targets[] = {"/v1/status", "/v1/blocks/1", "/v1/quads?p=urn:p", "/v1/peers", "/metrics"};
      return get(targets[i % 5]).status;
    }));
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 200);
}

TEST_F(HttpServer, AConnectionServesManyRequests) {
  RawConnection connection(server_->port());
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
  connection.send(requests + "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string answers = connection.read_to_end();
  std::size_t count = 0;
  for (std::size_t at = answers.find("HTTP/1.1 200"); at != std::string::npos; at = answers.find("HTTP/1.1 200", at + 1)) ++count;
  EXPECT_EQ(count, 21U);
}

TEST_F(HttpServer, SaysWhyItCannotListen) {
  const auto in_use = listen_on("127.0.0.1", server_->port());
  ASSERT_FALSE(in_use);
  EXPECT_EQ(in_use.error().message,
            "api: cannot listen on 127.0.0.1:" + std::to_string(server_->port()) + ": Address already in use");
  EXPECT_FALSE(listen_on("256.0.0.1.invalid", 0));
  ServerOptions options;
  options.port = server_->port();
  Backend backend;
  EXPECT_FALSE(Server::start(options, backend));
}

}  // namespace
}  // namespace provchain::api::testing

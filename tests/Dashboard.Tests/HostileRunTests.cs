using System.IO.Compression;
using System.IO.Hashing;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs.Files;

namespace MemoryWall.Dashboard.Tests;

/// <summary>Every address of the dashboard on foreign runs: each answers, with text alone, and nothing is written or contacted.</summary>
public sealed class HostileRunTests : IAsyncLifetime
{
    private const int DefaultCount = 20;

    // What cards are drawn with.
    private static readonly string[] s_elements = ["svg", "g", "rect", "text", "tspan", "line", "path", "circle", "polyline", "polygon",
        "title", "style", "defs", "clipPath"];

    private readonly DashboardFolder _folder = new();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public async ValueTask InitializeAsync()
    {
        _server.Start();
        await _folder.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _server.Dispose();
        await _folder.DisposeAsync();
    }

    [Theory]
    [InlineData("context-sweep")]
    [InlineData("wall-managed")]
    [InlineData("moe-standard")]
    [InlineData("sessions-tier")]
    public async Task EveryAddress_ARunWhoseTextsAreHostile_IsText(string sample)
    {
        var id = HostileRun.Copy(DashboardFolder.Sample(sample), _folder.Runs);
        WriteFeed(id, CreateFeed());
        var before = List();

        var shown = await VisitAsync(id);

        Assert.Contains("alert(1)", shown, StringComparison.Ordinal);
        Assert.Equal(before, List());
    }

    [Fact]
    public async Task EveryAddress_MutatedRuns_Answers()
    {
        var mutator = RunMutator.Create(DashboardFolder.Sample, $"openai://{_server.LocalEndpoint}/tiny");
        var elsewhere = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Runs, "not a run")).FullName, "elsewhere");
        await File.WriteAllTextAsync(elsewhere, "not a file of a run", TestContext.Current.CancellationToken);
        var (first, count) = FuzzRange.Read(LongTests.Draws(DefaultCount));
        for (var seed = first; seed < first + count; seed++)
        {
            // Each has an id of its own, since the dashboard keeps what it has read.
            var run = mutator.Mutate(seed) with { Id = FormattableString.Invariant($"20260131-{seed:000000}-eeeeeeee") };
            run.Write(_folder.Runs, elsewhere);
            if (seed % 2 == 0 && !run.Folders.Contains(RunFiles.LiveFeed) && !run.Links.Contains(RunFiles.LiveFeed))
                WriteFeed(run.Id, FileMutations.MutateJson(CreateFeed(), new Random(seed)));
            var before = List();

            try
            {
                await VisitAsync(run.Id);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {seed}: {error.Message}", error);
            }

            Assert.Equal(before, List());
            Directory.Delete(Path.Combine(_folder.Runs, run.Id), recursive: true);
        }
        Assert.False(_server.Pending(), "a run of another user made the dashboard connect");
    }

    // All that the page asks for of a run.
    private async Task<string> VisitAsync(string id)
    {
        var shown = "";
        foreach (var path in new[] { "history", "history?page=0&search=a", $"links/{id}", $"change/{id}", "samples", "started" })
            shown += await ReadJsonAsync(path);
        foreach (var query in new[] { "", $"?runs={id}", $"?runs={id}&layout=phone", $"?runs={id}&replay=50&from=1" })
            shown += await ReadFirstEventAsync(query);
        var form = JsonContent.Create(new { command = "sweep", target = HostileRun.Text, label = HostileRun.Text });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_folder.Address, "command")) { Content = form };
        request.Headers.Add("Origin", _folder.Address.GetLeftPart(UriPartial.Authority));
        using var command = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        await AssertTextAsync(command);
        await AssertFilesAsync(id);
        return shown;
    }

    private async Task<string> ReadJsonAsync(string path)
    {
        using var answer = await _client.GetAsync(new Uri(_folder.Address, path), TestContext.Current.CancellationToken);
        return await AssertTextAsync(answer);
    }

    private static async Task<string> AssertTextAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.RequestMessage!.RequestUri}: {answer.StatusCode} {body}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        AssertHeaders(answer);
        return string.Join('\n', AssertClean(JsonNode.Parse(body)));
    }

    // The whole picture, or why there is none.
    private async Task<string> ReadFirstEventAsync(string query)
    {
        using var answer = await _client.GetAsync(new Uri(_folder.Address, "events" + query), HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        AssertHeaders(answer);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var message = JsonNode.Parse(line["data: ".Length..])!;
            var texts = AssertClean(message);
            foreach (var card in message["cards"]?.AsArray() ?? [])
                AssertIsPicture((string)card![1]!);
            // A page that names no run may get what was there a second before: none, between two of these runs.
            var isNone = query.Length == 0 && (bool?)message["isEmpty"] == true;
            Assert.True(isNone || message["cards"] is not null || message["problem"] is not null, line);
            return string.Join('\n', texts);
        }
        Assert.Fail($"events{query}: the answer ended without a picture");
        return "";
    }

    // Zip file and report, which have addresses of their own.
    private async Task AssertFilesAsync(string id)
    {
        using var links = await _client.GetAsync(new Uri(_folder.Address, $"links/{id}"), TestContext.Current.CancellationToken);
        var node = JsonNode.Parse(await links.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Null(node["report"]);
        using var bundle = await _client.GetAsync(new Uri(_folder.Address, (string)node["bundle"]!),
            HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        AssertHeaders(bundle);
        if (bundle.StatusCode == HttpStatusCode.UnprocessableEntity)
        {
            // The words name the file.
            Assert.Equal("text/plain", bundle.Content.Headers.ContentType!.MediaType);
            AssertClean(JsonValue.Create(await bundle.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
            return;
        }
        Assert.Equal((HttpStatusCode.OK, "application/zip"), (bundle.StatusCode, bundle.Content.Headers.ContentType!.MediaType));
        await using var body = new MemoryStream();
        try
        {
            await bundle.Content.CopyToAsync(body, TestContext.Current.CancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            // A file of the run is none that may be read: half a zip file is no zip file.
            return;
        }
        using var archive = new ZipArchive(body);
        Assert.All(archive.Entries.Where(entry => entry.FullName.Contains('/')), entry =>
        {
            Assert.StartsWith(id + "/", entry.FullName, StringComparison.Ordinal);
            Assert.True(RunFiles.IsContent(entry.Name), entry.FullName);
        });
    }

    private static void AssertHeaders(HttpResponseMessage answer)
    {
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    private static void AssertIsPicture(string svg)
    {
        var picture = XElement.Parse($"<svg>{svg}</svg>");
        Assert.All(picture.DescendantsAndSelf(), element =>
        {
            Assert.Contains(element.Name.LocalName, s_elements);
            Assert.All(element.Attributes(), attribute =>
            {
                Assert.False(attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase), attribute.ToString());
                Assert.NotEqual("href", attribute.Name.LocalName);
            });
        });
    }

    // Names and values.
    private static List<string> AssertClean(JsonNode? node)
    {
        var texts = new List<string>();
        void Add(string text)
        {
            Assert.DoesNotContain(text, letter => letter is not ('\n' or '\r' or '\t') && SafeText.IsUnsafe(letter));
            texts.Add(text);
        }
        void Collect(JsonNode? at)
        {
            if (at is JsonObject holder)
                foreach (var (name, value) in holder)
                {
                    Add(name);
                    Collect(value);
                }
            else if (at is JsonArray items)
                foreach (var item in items)
                    Collect(item);
            else if (at is JsonValue value && value.TryGetValue<string>(out var text))
                Add(text);
        }
        Collect(node);
        return texts;
    }

    // What a run that seems to be measured now publishes: a line with its length and its checksum, then the feed.
    private void WriteFeed(string id, byte[] json) => File.WriteAllBytes(Path.Combine(_folder.Runs, id, RunFiles.LiveFeed),
        [
            .. Encoding.ASCII.GetBytes(FormattableString.Invariant($"memwall-live 1 {json.Length,6} {Crc32.HashToUInt32(json):x8}\n")),
            .. json,
        ]);

    private static byte[] CreateFeed() => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["run_id"] = HostileRun.Text,
        ["writer"] = new JsonObject { ["process_id"] = 1, ["tag"] = HostileRun.Text },
        ["group"] = HostileRun.Text,
        ["at"] = 1.5,
        ["beat"] = 3,
        ["activity"] = "measuring",
        ["step_number"] = 1,
        ["step_count"] = 2,
        ["step"] = new JsonObject
        {
            ["context_tokens"] = 512,
            ["repetition"] = 1,
            ["concurrency"] = 1,
            ["output_tokens_asked"] = 8,
        },
        ["phase"] = "generation",
        ["phase_started"] = 1.0,
        ["request_started"] = 0.5,
        ["first_token"] = 1.0,
        ["prompt_tokens"] = 512,
        ["output_tokens"] = 4,
        ["prefill_rate"] = 1000.5,
        ["generation_rate"] = 20.5,
        ["seconds_left"] = 7.5,
        ["last_event"] = HostileRun.Text,
    }.ToJsonString());

    // Every file but the lease by which the dashboard says that it looks.
    private List<string> List() => [.. Directory.GetFiles(_folder.Runs, "*", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(path) != RunFiles.ObserverLease)
        .Select(path => $"{path} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path):O}").Order(StringComparer.Ordinal)];
}

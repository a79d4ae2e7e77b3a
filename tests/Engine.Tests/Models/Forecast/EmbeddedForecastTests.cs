using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Engine.Tests.Models.Forecast;

/// <summary>The forecast compared with the buffers that the embedded server allocates.</summary>
public class EmbeddedForecastTests(ITestOutputHelper output)
{
    [Fact]
    public async Task At_NanoPreset_IsWhatTheServerReports()
    {
        var stop = TestContext.Current.CancellationToken;
        var path = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Nano, cancellation: stop);
        var shape = ModelShapeReader.Read(ModelMetadata.FromFile(path));
        await using var server = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = path, ModelName = "nano" }, stop);
        using var http = new HttpClient { BaseAddress = server.Endpoint };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Secret);

        foreach (var context in new[] { 300, 2304, 8192, 32_768 })
            foreach (var (kvType, flash) in new[] { ("f16", "on"), ("f16", "off"), ("q8_0", "on"), ("q4_0", "on") })
            {
                var request = new
                {
                    model = "nano",
                    prompt = "",
                    stream = false,
                    options = new { num_ctx = context, kv_type = kvType, flash_attention = flash, repack = false }
                };
                using var response = await http.PostAsJsonAsync("/api/generate", request, TestJson.Options, stop);
                var answer = await response.Content.ReadAsStringAsync(stop);
                Assert.True(response.IsSuccessStatusCode, answer);
                using var json = JsonDocument.Parse(answer.Trim().Split('\n')[^1]);
                var report = json.RootElement.GetProperty("memory_wall");
                long Reported(string name) => report.GetProperty(name).GetInt64();

                var type = KvCacheType.Parse(kvType);
                var batch = report.GetProperty("batch_tokens").GetInt32();
                var settings = new ForecastSettings
                {
                    KeyType = type,
                    ValueType = type,
                    FlashAttention = flash == "on",
                    BatchTokens = batch,
                    MicroBatchTokens = batch
                };
                // The server rounds the window up to whole cells itself.
                var row = MemoryForecast.Compute(shape, settings, (context + 255) / 256 * 256);
                var whole = Reported("weights_bytes") + Reported("kv_bytes") + Reported("compute_bytes");
                var seen = string.Create(CultureInfo.InvariantCulture,
                    $"{context,6} {kvType,-4} flash {flash,-3} weights {Error(row.WeightsBytes, Reported("weights_bytes"))} "
                    + $"KV {Error(row.KvBytes, Reported("kv_bytes"))} compute {Error(row.ComputeBytes, Reported("compute_bytes"))} "
                    + $"whole {Error(row.TotalBytes, whole)}");
                output.WriteLine(seen);
                Assert.True(
                    Near(row.WeightsBytes, Reported("weights_bytes"), 0.02) && Near(row.KvBytes, Reported("kv_bytes"), 0.02)
                        && Near(row.TotalBytes, whole, 0.10), seen);
            }
    }

    private static bool Near(long? forecast, long measured, double tolerance) =>
        Math.Abs(forecast!.Value / (double)measured - 1) <= tolerance;

    private static string Error(long? forecast, long measured) =>
        FormattableString.Invariant($"{(forecast!.Value / (double)measured - 1) * 100,5:0.0}%");
}

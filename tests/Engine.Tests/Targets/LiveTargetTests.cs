using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets;

/// <summary>
/// The contract on a real server: set <c>MEMWALL_LIVE_TARGET</c> to an address (and <c>MEMWALL_LIVE_KEY</c> to a key) to run it. The server
/// must have a context window of at least 2,048 tokens.
/// </summary>
public class LiveTargetTests
{
    private const int Output = 16;

    [Fact]
    public async Task Infer_RealServer_KeepsTheContract()
    {
        await using var target = await OpenAsync();
        var probe = await target.ProbeAsync(CancellationToken.None);
        Assert.Null(probe.Problem);
        TestContext.Current.SendDiagnosticMessage("{0}", probe.Facts!);
        var prompt = await PromptAsync(target);
        var window = prompt.TokenCount + Output + 16;

        var load = await target.LoadAsync(window, CancellationToken.None);
        Assert.Equal(new Completed(), load.Outcome);
        TestContext.Current.SendDiagnosticMessage("{0}", load);
        for (var trial = 1; trial <= 2; trial++)
        {
            var report = await target.InferAsync(new InferenceRequest(prompt, window, Output, new PhaseLimits()), null,
                CancellationToken.None);
            TestContext.Current.SendDiagnosticMessage("{0} {1} {2} marks {3}", report, report.Client, report.Server,
                string.Join(' ', report.Marks));
            Assert.Equal(new Completed(), report.Outcome);
            Assert.Equal(prompt.TokenCount, report.CountedPromptTokens);
            Assert.NotEmpty(report.Marks);
            if (probe.Facts!.CanIgnoreEos)
                Assert.Equal(Output, report.OutputTokens);
            // The second trial sends the same prompt; a server that can turn off its prompt cache must compute it again.
            if (probe.Facts.CanDisableCache)
                Assert.Equal(0, report.CachedPromptTokens);
        }
    }

    [Fact]
    public async Task Infer_PromptLongerThanTheWindow_IsNeverCompleted()
    {
        await using var target = await OpenAsync();
        var probe = await target.ProbeAsync(CancellationToken.None);
        var words = (probe.Facts!.MaxContextTokens ?? 8192) + 500;
        var prompt = Words(Math.Min(words, 200_000));
        await target.LoadAsync(1024, CancellationToken.None);
        var report = await target.InferAsync(new InferenceRequest(prompt, 1024, Output, new PhaseLimits()), null, CancellationToken.None);
        TestContext.Current.SendDiagnosticMessage("{0}", report.Outcome);
        Assert.IsType<Refused>(report.Outcome);
    }

    [Fact]
    public async Task Infer_Cancelled_LeavesTheServerUsable()
    {
        await using var target = await OpenAsync();
        var prompt = await PromptAsync(target);
        await target.LoadAsync(prompt.TokenCount + 600, CancellationToken.None);
        using var user = new CancellationTokenSource();
        var request = new InferenceRequest(prompt, prompt.TokenCount + 600, 500, new PhaseLimits());
        var report = await target.InferAsync(request, mark =>
        {
            if (mark.Kind != MarkKind.Prefill)
                user.Cancel();
        }, user.Token);
        Assert.Equal(new Cancelled(), report.Outcome);
        Assert.NotEmpty(report.Marks);
        Assert.Equal(new Completed(), (await target.InferAsync(request with { OutputTokens = 4 }, null, CancellationToken.None)).Outcome);
    }

    private static Prompt Words(int count) => new()
    {
        Kind = PromptKind.Words,
        Text = Guid.NewGuid().ToString("N") + " " + string.Join(' ', Enumerable.Range(0, count).Select(word => $"word{word % 10}")),
        TokenCount = count,
        Nonce = "",
    };

    private static async Task<Prompt> PromptAsync(ITarget target)
    {
        var prompt = Words(300);
        await target.LoadAsync(2048, CancellationToken.None);
        var count = (await target.CountTokensAsync(prompt.Text, CancellationToken.None)).Tokens;
        Assert.NotNull(count);
        return prompt with { TokenCount = count.Value };
    }

    private static async Task<ITarget> OpenAsync()
    {
        var text = Environment.GetEnvironmentVariable("MEMWALL_LIVE_TARGET");
        Assert.SkipWhen(text is null, "MEMWALL_LIVE_TARGET is not set");
        var connection = new ConnectionOptions
        {
            ApiKey = Environment.GetEnvironmentVariable("MEMWALL_LIVE_KEY") is null
            ? null
            : ApiKey.FromEnvironment("MEMWALL_LIVE_KEY")
        };
        Assert.True(TargetAddress.TryParse(text!, connection, out var address, out var problem), problem);
        var setup = new TargetSetup { Endpoint = address.Endpoint, Model = address.Model, Connection = connection };
        var (target, refused) = await TargetDetector.OpenAsync(address.Protocol, setup, RunClock.Start(), CancellationToken.None);
        Assert.Null(refused);
        return target!;
    }
}

using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;

namespace MemoryWall.Engine.Tests.Targets.LlamaCpp;

public sealed class LlamaCppSlotsTests
{
    private static readonly TimeSpan s_prefill = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_restore = TimeSpan.FromMilliseconds(60);

    private static Scripted Start(ScriptedSlots? slots) =>
        Scripted.Start(Speaks.LlamaServer,
            new LlamaServerScript(new Behaviour { Prefill = s_prefill, Step = TimeSpan.FromMilliseconds(2) }) { Slots = slots }.Answer);

    [Fact]
    public async Task InferAsync_SavedAndResumed_TtftIsThatOfTakingItUp()
    {
        using var load = MachineLoad.Watch();
        await using var scripted = Start(new ScriptedSlots { Restore = s_restore });
        Assert.True((await scripted.Target.ProbeAsync(CancellationToken.None)).Facts!.CanResume);

        var saved = await scripted.InferAsync(Scripted.Request() with { KvCacheAction = KvCacheAction.Save });
        var resumed = await scripted.InferAsync(Scripted.Request() with { KvCacheAction = KvCacheAction.Resume });

        Assert.Equal((new Completed(), new Completed()), (saved.Outcome, resumed.Outcome));
        Assert.True(saved.Client.TimeToFirstToken >= s_prefill);
        Assert.Equal(21 * 1024, saved.Tier!.StateBytes);
        Assert.NotNull(saved.Tier.Save);
        Assert.Equal((20, 21 * 1024L), (resumed.Tier!.ResumedTokens, resumed.Tier.StateBytes));
        Assert.True(resumed.Client.TimeToFirstToken >= s_restore);
        Assert.True(resumed.Client.TimeToFirstToken > resumed.Tier.Resume);
        Assert.DoesNotContain("cache_hit", Reviewed.Doubts(resumed, method: SweepMethod.Resume));
        // The slot was erased first, so that the tokens came from storage.
        Assert.Equal(["save", "erase", "restore"],
            scripted.Server.Requests.Select(request => request.Path).Where(path => path.StartsWith("/slots/0?", StringComparison.Ordinal))
                .Select(path => path.Split('=')[1]).Where(action => action != "none"));
        load.Judge(() =>
        {
            Assert.True(resumed.Client.TimeToFirstToken < s_prefill);
            Assert.DoesNotContain("clocks_disagree", Reviewed.Doubts(resumed, method: SweepMethod.Resume));
        });
    }

    [Fact]
    public async Task ProbeAsync_StartedWithoutTheFolder_CannotResume()
    {
        await using var scripted = Start(null);
        Assert.False((await scripted.Target.ProbeAsync(CancellationToken.None)).Facts!.CanResume);
    }

    [Fact]
    public async Task InferAsync_NothingSaved_SaysTheServersWords()
    {
        await using var scripted = Start(new ScriptedSlots());
        var report = await scripted.InferAsync(Scripted.Request() with { KvCacheAction = KvCacheAction.Resume });
        Assert.Contains("Unable to restore slot", Assert.IsType<Refused>(report.Outcome).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InferAsync_RestoredAndForgotten_NoTokenIsSaidToBeResumed()
    {
        await using var scripted = Start(new ScriptedSlots { Forgets = true });
        await scripted.InferAsync(Scripted.Request() with { KvCacheAction = KvCacheAction.Save });
        Assert.Equal(0, (await scripted.InferAsync(Scripted.Request() with { KvCacheAction = KvCacheAction.Resume })).Tier!.ResumedTokens);
    }
}

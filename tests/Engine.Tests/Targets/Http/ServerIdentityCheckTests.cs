using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

/// <summary>A server that is restarted between two trials.</summary>
public sealed class ServerIdentityCheckTests
{
    [Fact]
    public void Check_AnotherThanTheFirst_IsRefusedUntilTheFirstIsBack()
    {
        var same = new ServerIdentityCheck();
        Assert.Null(same.Check("a"));
        Assert.Contains("it was a and is now b", Assert.IsType<Refused>(same.Check("b")).Text, StringComparison.Ordinal);
        Assert.Null(same.Check(null));
        Assert.Null(same.Check("a"));
    }

    [Fact]
    public async Task Load_LlamaServerWithAnotherModel_IsRefused()
    {
        var model = "one";
        await using var scripted = Scripted.Start(Speaks.LlamaServer,
            request => new LlamaServerScript(new Behaviour { Model = model }).Answer(request));
        Assert.Equal(new Completed(), (await scripted.Target.LoadAsync(100, CancellationToken.None)).Outcome);
        model = "two";
        Assert.Contains("/models/two.bin",
            Assert.IsType<Refused>((await scripted.Target.LoadAsync(100, CancellationToken.None)).Outcome).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_OllamaWithAnotherModelOfTheName_IsRefused()
    {
        var digest = "x";
        await using var scripted = Scripted.Start(Speaks.OllamaNew,
            new OllamaScript(new Behaviour(), OllamaGeneration.New) { Digest = () => digest }.Answer);
        Assert.Equal(new Completed(), (await scripted.Target.LoadAsync(100, CancellationToken.None)).Outcome);
        digest = "y";
        Assert.IsType<Refused>((await scripted.Target.LoadAsync(100, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Load_OpenAiServerOfAnotherKind_IsRefused_AndASmallerWindowIsReadAgain()
    {
        var (owner, window) = ("vllm", 8192);
        await using var scripted = Scripted.Start(Speaks.OpenAi,
            request => new OpenAiScript(new Behaviour { Window = window }) { Owner = owner }.Answer(request));
        Assert.Equal(8192, (await scripted.Target.LoadAsync(100, CancellationToken.None)).WindowTokens);
        window = 4096;
        Assert.Equal(4096, (await scripted.Target.LoadAsync(100, CancellationToken.None)).WindowTokens);
        owner = "somebody";
        Assert.IsType<Refused>((await scripted.Target.LoadAsync(100, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Load_OpenAiServerThatWillNotListItsModelsNow_GoesOn()
    {
        var busy = false;
        var script = new OpenAiScript(new Behaviour());
        await using var scripted = Scripted.Start(Speaks.OpenAi,
            request => busy && request.Path == "/v1/models" ? Reply.Whole(429, "{}") : script.Answer(request));
        await scripted.Target.LoadAsync(100, CancellationToken.None);
        busy = true;
        Assert.Equal(new Completed(), (await scripted.Target.LoadAsync(100, CancellationToken.None)).Outcome);
    }
}

using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Core.Trials;

public class ServerErrorWordsTests
{
    [Theory]
    [InlineData(500, "model requires more system memory (31.5 GiB) than is available", ServerErrorClass.MemoryRefused)]
    [InlineData(507, "tier: a memory budget of 10 MiB is too small", ServerErrorClass.MemoryRefused)]
    [InlineData(500, "ggml_aligned_malloc: insufficient memory", ServerErrorClass.MemoryExhausted)]
    [InlineData(200, "CUDA error: out of memory", ServerErrorClass.MemoryExhausted)]
    [InlineData(500, "llama runner process has terminated: signal: killed", ServerErrorClass.Crash)]
    [InlineData(500, "llama-server process has terminated: exit status 1: quantized V cache requires flash_attn to be enabled",
        ServerErrorClass.Other)]
    [InlineData(500, "llama runner process has terminated: error loading model: unknown model architecture: 'x'", ServerErrorClass.Other)]
    [InlineData(500, "llama-server process has terminated: exit status 1", ServerErrorClass.Other)]
    [InlineData(500, "llama-server process has terminated: exit status 137", ServerErrorClass.Crash)]
    [InlineData(500, "llama-server process has terminated: exit status 1: GGML_ASSERT(n > 0) failed", ServerErrorClass.Crash)]
    [InlineData(500, "llama-server process has terminated: exit status 0xc0000005", ServerErrorClass.Crash)]
    [InlineData(500, "llama runner process has terminated: CUDA error: invalid argument", ServerErrorClass.Crash)]
    [InlineData(500, "llama runner process has terminated: CUBLAS_STATUS_NOT_SUPPORTED", ServerErrorClass.Crash)]
    [InlineData(500, "llama runner process has terminated: ioctl: operation not supported", ServerErrorClass.Crash)]
    [InlineData(500, "llama runner process has terminated: exit status 2: error loading model", ServerErrorClass.Crash)]
    [InlineData(500, "llama-server process has terminated: exit status 1: operation not supported", ServerErrorClass.Other)]
    [InlineData(500, "the sampler is not supported", ServerErrorClass.Other)]
    // A gateway whose server is gone, and one that waited too long for a server that may still compute.
    [InlineData(502, "<html><h1>502 Bad Gateway</h1></html>", ServerErrorClass.Crash)]
    [InlineData(500, "proxy error: Could not establish connection", ServerErrorClass.Crash)]
    [InlineData(504, "<html><h1>504 Gateway Time-out</h1></html>", ServerErrorClass.Other)]
    // An error within a stream: the process served before it ended.
    [InlineData(200, "llama-server process has terminated: exit status 1", ServerErrorClass.Crash)]
    [InlineData(500, "the sampler is unhappy", ServerErrorClass.Other)]
    // A parser's buffer and a body that is too large say nothing about memory.
    [InlineData(500, "the read buffer is empty", ServerErrorClass.Other)]
    [InlineData(500, "request entity too large", ServerErrorClass.Other)]
    public void Classify_AServersMessage_IsItsClass(int status, string message, ServerErrorClass expected) =>
        Assert.Equal(expected, ServerErrorWords.Classify(status, message));

    [Fact]
    public void Classify_AFaultOfTheRequest_ProvesNothingByItsWords() =>
        Assert.Equal(ServerErrorClass.Other, ServerErrorWords.Classify(400, "the prompt 'out of memory' is too long"));

    [Fact]
    public void ErrorClass_AnOutcome_IsThatOfItsKindOrItsWords()
    {
        Assert.Equal(ServerErrorClass.MemoryExhausted, new OutOfMemory("oom_kill rose by 1").ErrorClass);
        Assert.Equal(ServerErrorClass.MemoryRefused, new OutOfMemory("model requires more system memory (9 GiB)").ErrorClass);
        Assert.Equal(ServerErrorClass.Crash, new TargetDied("signal 9").ErrorClass);
        Assert.Equal(ServerErrorClass.Other, new Refused(500, "no").ErrorClass);
        Assert.Equal(ServerErrorClass.Other, new Completed().ErrorClass);
    }
}

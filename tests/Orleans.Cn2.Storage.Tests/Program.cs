using Orleans.Cn2.Storage.Tests.Embedded;

return args is [KilledWriter.Argument, string path]
    ? await KilledWriter.RunAsync(path)
    : await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, Orleans.Cn2.Storage.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions);
